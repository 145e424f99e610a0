// options.h: what a person can ask `glovebox` to do, as plain values. main.cpp fills them from the command line; each
// command takes its own struct and returns an exit status.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glovebox::app {

struct Keygen {
  std::string output;  // empty: standard output
};

struct Seal {
  std::vector<std::string> recipients;  // public keys, or files that hold one
  std::string input = "-";
  std::string output = "-";
  bool pad = false;
};

struct Open {
  std::string identity;
  std::string input = "-";
  std::string output = "-";
};

struct AttestShow {
  std::string file;
};

struct AttestVerify {
  std::string file;
  std::string policy;
  std::string at;
  std::string nonce;
  std::string purpose = "client";
  std::vector<std::string> collateral;  // files of certificates and revocation lists
  std::string ear;                      // "jwt" or "cwt": write a signed attestation result
  std::string key;                      // whose
  std::string output;
};

struct AttestExplain {
  AttestVerify appraisal;  // its policy may be empty: then nothing is appraised
};

struct CollateralImport {
  std::vector<std::string> files;
  std::string output;
};

struct CollateralFetch {
  std::string file;     // evidence; or:
  std::string product;  // of SEV-SNP
  std::string fmspc;    // of Intel's: which platform
  std::string pck_ca = "platform";
  bool sgx = false;               // SGX's documents, not TDX's
  std::vector<std::string> urls;  // addresses of single files
  std::string from;               // a mirror, instead of the maker's own address
  std::string ca;                 // authorities for https: a PEM file, or the machine's
  std::vector<std::string> with;  // files that go into the bundle, too
  int timeout_seconds = 30;       // of one address
  std::string output;
};

struct CollateralShow {
  std::string file;
};

struct PolicyNew {
  std::string reference_values;
  std::string evidence;   // instead of them: what a report of SEV-SNP, or a quote, says
  std::string product;    // of that report, where it does not say it
  std::string test_root;  // a certificate's file
  std::vector<std::string> models;
  std::string broker_url;
  std::string broker_identity;
  std::string ca;  // authorities for https: a PEM file, or the machine's
  std::string output;
};

struct PolicyCheck {
  std::string file;
};

struct PolicyExplain {
  std::string file;
};

struct PolicyDigest {
  std::string file;
};

struct ModelPack {
  std::string weights;   // an XGBoost model, weights of a polygenic score, or a scoring file
  std::string manifest;  // needed beside features; else it says what a scoring file's header does not
  std::string features;
  std::string output;
  // of a scoring file alone
  std::string build;
  std::string reference;  // FASTA or VCF
  std::string name;
  std::string frequency;  // the column that holds it
  std::optional<float> coverage_gate;
};

struct ModelShow {
  std::string file;
};

// What is said about an input, by `check`, `features` and `score` alike.
struct Input {
  std::string file;
  std::string sample;
  std::string samples_file;
  bool all = false;
  bool all_samples = false;  // in one request
  std::string build;
  std::string input_kind;
  std::string absent;
  std::string callable;
  std::string dosage;
  std::string sex;
  std::string x_male;
  bool flip = false;
  std::optional<std::uint32_t> min_gq;
  std::optional<std::uint32_t> min_dp;
  std::vector<std::string> values;     // NAME=VALUE
  std::string covariates;              // a TSV with a column `sample` and one for each value
  std::optional<std::size_t> threads;  // that read a compressed VCF here
  bool reference_reader = false;       // check and features: read it by the reference's code
};

struct Check {
  Input input;
  std::string model;
  std::string match_log;
};

struct Features {
  Input input;
  std::string model;
  std::string output = "-";
};

struct Score {
  Input input;
  std::string server;
  std::string ca;
  std::string policy;
  std::vector<std::string> collateral;  // files of what the evidence does not bring
  std::string model;                    // a name, where the policy has more than one
  std::string bundle;  // the model's file: the input is checked, and made into a slice, before anything is sent
  bool slice = false;  // insist on it
  bool whole = false;  // send the file as it is
  std::string key;
  std::string output;
  std::string html;
  std::string receipt;
  std::string match_log;
  int timeout_seconds = 300;
  int retries = 2;
};

struct Info {
  std::string server;
  std::string ca;
  std::string policy;
  std::vector<std::string> collateral;
};

struct ReceiptVerify {
  std::string file;
  std::string policy;
  std::vector<std::string> collateral;
  std::string at;
};

int run(const Keygen& options);
int run(const Seal& options);
int run(const Open& options);
int run(const AttestShow& options);
int run(const AttestVerify& options);
int run(const AttestExplain& options);
int run(const CollateralFetch& options);
int run(const CollateralImport& options);
int run(const CollateralShow& options);
int run(const PolicyNew& options);
int run(const PolicyCheck& options);
int run(const PolicyExplain& options);
int run(const PolicyDigest& options);
int run(const ModelPack& options);
int run(const ModelShow& options);
int run(const Check& options);
int run(const Features& options);
int run(const Score& options);
int run(const Info& options);
int run(const ReceiptVerify& options);

}  // namespace glovebox::app
