// layers: client image
// glovebox: appraise an enclave, seal a genome to it, check the answer. This file is the command line alone; each
// command stands in a file of its own.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>

#include "crypto/init.h"
#include "glovebox/image_options.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "scan/workers.h"

namespace {
using namespace glovebox;
using namespace glovebox::app;

void collateral_option(CLI::App* command, std::vector<std::string>& files) {
  command
      ->add_option("--collateral", files,
                   "certificates, revocation lists and Intel's documents that the evidence does not bring: a bundle "
                   "(glovebox attest collateral), PEM or DER; once for each file")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

// appraisal_options returns the option --policy, which some commands require.
CLI::Option* appraisal_options(CLI::App* command, AttestVerify& options) {
  command->add_option("file", options.file, "evidence of any platform, bare or in a message; what it is is recognised")
      ->required()
      ->type_name("FILE");
  auto* policy = command->add_option("--policy", options.policy, "what you accept")->type_name("FILE");
  command->add_option("--at", options.at, "appraise as of this time (2026-11-21T22:51:00Z); default: now")
      ->type_name("TIME");
  command->add_option("--nonce", options.nonce, "the nonce that the evidence must answer, in hex")->type_name("HEX");
  command
      ->add_option("--purpose", options.purpose,
                   "what the evidence must have been made for: client (default), release or model")
      ->check(CLI::IsMember({"client", "release", "model"}))
      ->type_name("WORD");
  collateral_option(command, options.collateral);
  return policy;
}

void input_options(CLI::App* command, Input& input) {
  command->add_option("input", input.file, "VCF (.vcf, .vcf.gz), table (.csv), or - for standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--sample", input.sample, "the sample to read, where the VCF has several")->type_name("NAME");
  command->add_option("--samples", input.samples_file, "a file with one sample name a line")->type_name("FILE");
  command->add_flag("--all", input.all, "every sample of the VCF, one request each");
  command->add_flag("--all-samples", input.all_samples,
                    "every sample of the VCF in one request and one pass, a row each: the whole file is sent");
  command->add_option("--build", input.build, "GRCh37 or GRCh38; the header may stand in")->type_name("BUILD");
  command
      ->add_option("--input-kind", input.input_kind,
                   "wgs-vcf (default): variants of a whole genome, reference sites left out; gvcf: with reference "
                   "blocks; array-imputed: an array, imputed or not; panel: targeted regions")
      ->type_name("KIND");
  command
      ->add_option("--absent", input.absent,
                   "what a model site without a record means: homref (the caller leaves out reference sites), missing "
                   "(not measured) or frequency (the model's allele frequency stands in)")
      ->type_name("POLICY");
  command
      ->add_option("--callable", input.callable,
                   "BED of the regions where a call was possible, plain or gzipped: with --absent homref, an absent "
                   "site inside is homozygous reference and one outside is missing")
      ->type_name("BED");
  command
      ->add_option("--dosage", input.dosage,
                   "the FORMAT field to count from: GT (default, hard calls), DS (imputed dosage) or GP (genotype "
                   "probabilities)")
      ->type_name("FIELD");
  command
      ->add_option("--sex", input.sex,
                   "female or male, of every sample of this run: how many copies of X there are outside the "
                   "pseudoautosomal regions")
      ->type_name("SEX");
  command
      ->add_option("--x-male", input.x_male,
                   "how a man's one copy of X counts: single (0 or 1) or double (0 or 2), as the score was made")
      ->type_name("RULE");
  command->add_flag("--flip", input.flip,
                    "let alleles match on the other strand too; A/T and C/G sites are then left out");
  command
      ->add_option("--min-gq", input.min_gq,
                   "least genotype quality (GQ, RGQ) of a call; below it, or without one, the site is filtered (20 for "
                   "gvcf, else none; 0 takes all)")
      ->type_name("GQ");
  command
      ->add_option("--min-dp", input.min_dp,
                   "least read depth (MIN_DP, DP) of a call; below it, or without one, the site is filtered (none)")
      ->type_name("DP");
  command->add_option("--set", input.values, "a value that the model needs beside the genome, e.g. age=54")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_option("--covariates", input.covariates, "TSV: a column `sample`, then one for each value")
      ->type_name("FILE");
  command
      ->add_option("--threads", input.threads, "threads that read a compressed VCF here (as many as cores, 8 at most)")
      ->check(CLI::Range(std::size_t{1}, scan::threads_max))
      ->type_name("N");
}

void reader_option(CLI::App* command, Input& input) {
  command->add_flag("--reference-reader", input.reference_reader,
                    "read the VCF by the reference's code, one thread, some times slower: the answer must be the same");
}

void ca_option(CLI::App* command, std::string& ca) {
  command
      ->add_option("--ca", ca, "authorities (PEM) that an https:// address is believed under; default: this machine's")
      ->type_name("FILE");
}
}  // namespace

int main(int argc, char** argv) {
  if (const auto started = crypto::start(); !started)
    return app::report_error("glovebox", started.error(), Sent::unsaid);

  CLI::App cli("glovebox runs a model on a genome without the machine's owner seeing either.", "glovebox");
  cli.set_version_flag("--version", "glovebox " GLOVEBOX_VERSION);
  cli.require_subcommand(1);
  cli.failure_message(CLI::FailureMessage::simple);
  cli.footer(
      "Exit codes: 0 done, 1 our fault, 2 wrong use, 3 input refused, 4 evidence refused, 5 key release refused,\n"
      "6 answer or receipt does not verify, 7 not reachable or past the deadline, 8 unsupported.");
  bool json = false;
  bool quiet = false;
  cli.add_flag("--json", json, "print one JSON object on standard output, for errors too");
  cli.add_flag("-q,--quiet", quiet, "no progress on standard error");
  cli.fallthrough();

  std::function<int()> chosen;
  const auto choose = [&chosen](CLI::App* command, const auto& options) {
    command->callback([&chosen, &options] { chosen = [&options] { return run(options); }; });
  };

  Score score;
  auto* score_command = cli.add_subcommand("score", "score a genome or a table in an enclave");
  input_options(score_command, score.input);
  score_command->add_option("--server", score.server, "URL of the host, e.g. http://127.0.0.1:8080")->type_name("URL");
  ca_option(score_command, score.ca);
  score_command->add_option("--policy", score.policy, "what you accept (glovebox policy new)")->type_name("FILE");
  collateral_option(score_command, score.collateral);
  score_command->add_option("--model", score.model, "name of the model, where the policy has several")
      ->type_name("NAME");
  score_command
      ->add_option("--bundle", score.bundle,
                   "the model's file: the input is checked against it before anything is sent, and only what the model "
                   "asks for is sent: a slice, whose length, steps and time are the model's alone")
      ->type_name("FILE");
  auto* slice_flag = score_command->add_flag("--slice", score.slice,
                                             "send a slice or nothing (the default where the model's file is here)");
  score_command->add_flag("--whole", score.whole, "send the whole file, sealed, also where a slice could be sent")
      ->excludes(slice_flag);
  score_command->add_option("--key", score.key, "sign as this key (glovebox keygen); default: a key for this run alone")
      ->type_name("FILE");
  score_command->add_option("-o,--output", score.output, "write the scores as TSV")->type_name("FILE");
  score_command->add_option("--html", score.html, "write a report with a picture")->type_name("FILE");
  score_command->add_option("--receipt", score.receipt, "keep the receipt, for `glovebox receipt verify`")
      ->type_name("FILE");
  score_command
      ->add_option("--match-log", score.match_log,
                   "ask for a line for each of the model's sites, in the columns of pgsc_calc's log, and write it")
      ->type_name("FILE");
  score_command->add_option("--timeout", score.timeout_seconds, "give up after this many seconds (300)")
      ->check(CLI::Range(1, 86400, "1 to 86400"))
      ->type_name("SECONDS");
  score_command
      ->add_option("--retries", score.retries, "how often to repeat a request that was cut off, which counts once (2)")
      ->check(CLI::Range(0, 2, "0 to 2"))
      ->type_name("NUMBER");
  choose(score_command, score);

  Info info;
  auto* info_command = cli.add_subcommand("info", "appraise a server's enclave and list its models");
  info_command->add_option("--server", info.server, "URL of the host")->type_name("URL");
  ca_option(info_command, info.ca);
  info_command->add_option("--policy", info.policy, "what you accept; without one the evidence is shown, not appraised")
      ->type_name("FILE");
  collateral_option(info_command, info.collateral);
  choose(info_command, info);

  Check check;
  auto* check_command = cli.add_subcommand("check", "say what a run would say, before any upload");
  input_options(check_command, check.input);
  reader_option(check_command, check.input);
  check_command->add_option("--model", check.model, "the model's file")->required()->type_name("BUNDLE");
  check_command
      ->add_option("--match-log", check.match_log,
                   "write a line for each of the model's sites, in the columns of pgsc_calc's log")
      ->type_name("FILE");
  choose(check_command, check);

  Features features;
  auto* features_command = cli.add_subcommand("features", "write the table that the enclave would compute");
  input_options(features_command, features.input);
  reader_option(features_command, features.input);
  features_command->add_option("--model", features.model, "the model's file")->required()->type_name("BUNDLE");
  features_command->add_option("-o,--output", features.output, "TSV")->type_name("FILE");
  choose(features_command, features);

  Keygen keygen;
  auto* keygen_command = cli.add_subcommand("keygen", "make a key pair");
  keygen_command->add_option("-o,--output", keygen.output, "the secret key's file; never overwritten")
      ->type_name("FILE");
  choose(keygen_command, keygen);

  Seal seal;
  auto* seal_command = cli.add_subcommand("seal", "seal a file to one or more keys");
  seal_command->add_option("-r,--recipient", seal.recipients, "a public key, or a file that holds one; once for each")
      ->required()
      ->type_name("KEY")
      ->allow_extra_args(false);  // else it would take the input for another key
  seal_command->add_option("input", seal.input, "the file; - for standard input")->type_name("FILE");
  seal_command->add_option("-o,--output", seal.output, "the sealed file; - for standard output")->type_name("FILE");
  seal_command->add_flag("--pad", seal.pad, "pad to a power of two, which hides the length");
  choose(seal_command, seal);

  Open open;
  auto* open_command = cli.add_subcommand("open", "open a sealed file");
  open_command->add_option("-i,--identity", open.identity, "your secret key's file")->required()->type_name("FILE");
  open_command->add_option("input", open.input, "the sealed file; - for standard input")->type_name("FILE");
  open_command->add_option("-o,--output", open.output, "the file; - for standard output")->type_name("FILE");
  choose(open_command, open);

  auto* attest = cli.add_subcommand("attest", "show, verify or explain evidence of a platform");
  attest->require_subcommand(1);
  AttestShow attest_show;
  auto* show_command = attest->add_subcommand("show", "print a document for a person; nothing is verified");
  show_command->add_option("file", attest_show.file, "an attestation document or evidence message")
      ->required()
      ->type_name("FILE");
  choose(show_command, attest_show);
  AttestVerify attest_verify;
  auto* verify_command = attest->add_subcommand("verify", "appraise a document against a policy");
  appraisal_options(verify_command, attest_verify)->required();
  verify_command
      ->add_option("--ear", attest_verify.ear,
                   "write the outcome as a signed attestation result: jwt or cwt, also of a refusal")
      ->check(CLI::IsMember({"jwt", "cwt"}))
      ->type_name("FORM");
  verify_command->add_option("--key", attest_verify.key, "the secret key's file that signs it")->type_name("FILE");
  verify_command->add_option("-o,--output", attest_verify.output, "the attestation result's file")->type_name("FILE");
  choose(verify_command, attest_verify);
  AttestExplain attest_explain;
  auto* explain_command = attest->add_subcommand(
      "explain", "say what a file is, which step of an appraisal fails and why, and what was not checked");
  appraisal_options(explain_command, attest_explain.appraisal);
  choose(explain_command, attest_explain);
  auto* collateral =
      attest->add_subcommand("collateral", "bundles of certificates and revocation lists, for offline use");
  collateral->require_subcommand(1);
  CollateralFetch collateral_fetch;
  auto* fetch_command = collateral->add_subcommand(
      "fetch", "ask a platform's maker for what an appraisal of this evidence needs, and make a bundle of it");
  fetch_command->add_option("file", collateral_fetch.file, "evidence of SEV-SNP, TDX or SGX")->type_name("FILE");
  fetch_command->add_option("--product", collateral_fetch.product,
                            "Milan, Genoa or Turin, where a report of version 2 does not say it, or without evidence");
  fetch_command->add_option("--fmspc", collateral_fetch.fmspc, "Intel's: which platform, 12 hex digits")
      ->type_name("HEX");
  fetch_command->add_option("--pck-ca", collateral_fetch.pck_ca, "Intel's: who issued the PCK certificate")
      ->check(CLI::IsMember({"platform", "processor"}))
      ->type_name("CA");
  fetch_command->add_flag("--sgx", collateral_fetch.sgx, "Intel's: documents for SGX, not for TDX");
  fetch_command->add_option("--url", collateral_fetch.urls, "an address whose file goes into the bundle, too")
      ->type_name("URL")
      ->allow_extra_args(false);
  fetch_command->add_option("--from", collateral_fetch.from, "ask here instead of the maker: a mirror")
      ->type_name("URL");
  fetch_command->add_option("--ca", collateral_fetch.ca, "authorities for https, as PEM; the machine's otherwise")
      ->type_name("FILE");
  fetch_command
      ->add_option("--with", collateral_fetch.with, "a file that goes into the bundle, too, as import takes it")
      ->type_name("FILE")
      ->allow_extra_args(false);
  fetch_command->add_option("--timeout", collateral_fetch.timeout_seconds, "seconds to wait for one address (30)")
      ->check(CLI::Range(1, 3600))
      ->type_name("SECONDS");
  fetch_command->add_option("-o,--output", collateral_fetch.output, "the bundle")->required()->type_name("FILE");
  choose(fetch_command, collateral_fetch);
  CollateralImport collateral_import;
  auto* import_command =
      collateral->add_subcommand("import", "make one bundle of what was fetched from a platform's maker");
  import_command
      ->add_option("files", collateral_import.files, "PEM, DER, a certificate table of SEV-SNP, or another bundle")
      ->required()
      ->type_name("FILE");
  import_command->add_option("-o,--output", collateral_import.output, "the bundle")->required()->type_name("FILE");
  choose(import_command, collateral_import);
  CollateralShow collateral_show;
  auto* collateral_show_command = collateral->add_subcommand("show", "say what a bundle holds; nothing is verified");
  collateral_show_command->add_option("file", collateral_show.file, "a bundle, or any file that import takes")
      ->required()
      ->type_name("FILE");
  choose(collateral_show_command, collateral_show);

  auto* policy = cli.add_subcommand("policy", "write, check or explain a policy");
  policy->require_subcommand(1);
  PolicyNew policy_new;
  auto* new_command = policy->add_subcommand("new", "write a first policy, with a comment at every line");
  auto* from_values =
      new_command->add_option("--from", policy_new.reference_values, "reference values of the enclave you accept")
          ->type_name("FILE");
  auto* from_evidence =
      new_command
          ->add_option(
              "--evidence", policy_new.evidence,
              "instead: evidence of SEV-SNP, TDX, SGX or Azure's virtual TPM; the policy accepts what it says of itself, "
              "under profile none")
          ->type_name("FILE")
          ->excludes(from_values);
  new_command
      ->add_option("--product", policy_new.product,
                   "Milan, Genoa or Turin, where a report of version 2 does not say it")
      ->needs(from_evidence);
  new_command->add_option("--test-root", policy_new.test_root, "a test root's certificate, in place of AMD's or Intel's")
      ->type_name("FILE")
      ->needs(from_evidence);
  new_command->add_option("--model", policy_new.models, "a model's file; once for each that the enclave holds")
      ->type_name("BUNDLE")
      ->allow_extra_args(false)
      ->excludes(from_evidence);
  new_command->add_option("--broker", policy_new.broker_url, "URL of the broker")->type_name("URL");
  ca_option(new_command, policy_new.ca);
  new_command
      ->add_option("--broker-identity", policy_new.broker_identity,
                   "the broker's identity key, in hex, as its owner told you")
      ->type_name("HEX");
  new_command->add_option("-o,--output", policy_new.output, "the policy")->required()->type_name("FILE");
  choose(new_command, policy_new);
  PolicyCheck policy_check;
  auto* policy_check_command = policy->add_subcommand("check", "read a policy strictly and say what it accepts");
  policy_check_command->add_option("file", policy_check.file, "the policy")->required()->type_name("FILE");
  choose(policy_check_command, policy_check);
  PolicyExplain policy_explain;
  auto* policy_explain_command = policy->add_subcommand("explain", "say in words what a policy accepts, and what not");
  policy_explain_command->add_option("file", policy_explain.file, "the policy")->required()->type_name("FILE");
  choose(policy_explain_command, policy_explain);
  PolicyDigest policy_digest;
  auto* policy_digest_command = policy->add_subcommand("digest", "print the digest of [evidence], which results name");
  policy_digest_command->add_option("file", policy_digest.file, "the policy")->required()->type_name("FILE");
  choose(policy_digest_command, policy_digest);

  auto* model = cli.add_subcommand("model", "pack or show a model");
  model->require_subcommand(1);
  ModelPack model_pack;
  auto* pack_command =
      model->add_subcommand("pack", "make one file of manifest, features and weights, or of a scoring file");
  pack_command
      ->add_option("--manifest", model_pack.manifest, "manifest.toml; beside a scoring file, what its header lacks")
      ->type_name("FILE");
  pack_command->add_option("--features", model_pack.features, "features.tsv; none beside a scoring file")
      ->type_name("FILE");
  auto* of_scoring_file = pack_command->add_option_group("scoring file", "for scoring files of the PGS Catalog's form");
  of_scoring_file->add_option("--build", model_pack.build, "whose positions to take: GRCh37, GRCh38");
  of_scoring_file->add_option("--reference", model_pack.reference, "FASTA or VCF that tells the reference's alleles")
      ->type_name("FILE");
  of_scoring_file->add_option("--name", model_pack.name, "the model's name; default: the score's id");
  of_scoring_file
      ->add_option("--frequency", model_pack.frequency,
                   "the column of effect allele frequencies; default: allelefrequency_effect")
      ->type_name("COLUMN");
  of_scoring_file
      ->add_option("--coverage-gate", model_pack.coverage_gate, "no category below this share by weight; default: 0.75")
      ->check(CLI::Range(0.0, 1.0));
  pack_command
      ->add_option("weights", model_pack.weights, "the XGBoost model (.json, .ubj), or a scoring file (.txt.gz)")
      ->required()
      ->type_name("FILE");
  pack_command->add_option("-o,--output", model_pack.output, "the bundle")->required()->type_name("FILE");
  choose(pack_command, model_pack);
  ModelShow model_show;
  auto* model_show_command = model->add_subcommand("show", "print what a model's file says of itself");
  model_show_command->add_option("file", model_show.file, "the bundle")->required()->type_name("FILE");
  choose(model_show_command, model_show);

  auto* receipt = cli.add_subcommand("receipt", "check a receipt offline");
  receipt->require_subcommand(1);
  ReceiptVerify receipt_verify;
  auto* receipt_command =
      receipt->add_subcommand("verify", "verify a receipt and the evidence beside it, as a third party");
  receipt_command->add_option("file", receipt_verify.file, "a receipt kept with `score --receipt`")
      ->required()
      ->type_name("FILE");
  receipt_command->add_option("--policy", receipt_verify.policy, "what you accept")->required()->type_name("FILE");
  collateral_option(receipt_command, receipt_verify.collateral);
  receipt_command->add_option("--at", receipt_verify.at, "appraise as of this time; default: the receipt's own")
      ->type_name("TIME");
  choose(receipt_command, receipt_verify);

  const auto image_options = image_commands(cli, chosen);

  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) return cli.exit(problem);
    set_output(json, quiet);
    std::string command = "glovebox";
    for (const CLI::App* at = &cli; !at->get_subcommands().empty(); command += " " + at->get_name())
      at = at->get_subcommands().front();
    return report_error("glovebox", Error{Reject::usage, problem.what(), "", command + " --help says what there is"},
                        Sent::nothing);
  }
  set_output(json, quiet);
  const int status = chosen();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  return report_error("glovebox",
                      Error{Reject::file_unwritable, "standard output does not take what was written", "room to write"},
                      Sent::unsaid);
}
