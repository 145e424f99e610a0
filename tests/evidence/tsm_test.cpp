// configfs-tsm: a stand-in with the kernel's rules (drivers/virt/coco/tsm.c), and what the attester makes of it: a
// report is of what was written, or refused.
#include <cerrno>
#include <cstring>

#include "attestation/quote.h"
#include "attestation/snp_evidence.h"
#include "attester/tsm_attester.h"
#include "support.h"
#include "testroots/arm_signer.h"
#include "testroots/intel_signer.h"
#include "testroots/snp_signer.h"
#include "world.h"

namespace glovebox::attester {
namespace {
using test::filled;

// Kernel is what stands behind all folders: a provider, and what it says.
struct Kernel {
  std::string provider = "sev_guest";
  bool levels = true;     // of privilege
  bool auxiliary = true;  // auxblob is there
  std::uint8_t floor = 0;
  std::function<Result<Bytes>(View inblob, std::uint8_t level)> sign = {};
  Bytes auxblob = {};
  std::function<void(std::string_view event)> between = [](std::string_view) {};
  int folders = 0;
};

std::unexpected<Error> system(int error) {
  return fail(Reject::platform_failed, std::strerror(error));
}

// Folder keeps one report's generations as the kernel does: each write counts, and a read makes a new report if the
// count is not that of the last one. What is written to inblob is taken at close, where errors are lost.
class Folder final : public TsmFolder {
 public:
  explicit Folder(Kernel& kernel) : kernel_(kernel) { ++kernel_.folders; }
  ~Folder() override { --kernel_.folders; }

  Status write(std::string_view file, View bytes) override {
    if (file == "inblob") {
      if (!bytes.empty() && bytes.size() <= tsm_inblob_size && advance()) inblob_ = to_bytes(bytes);
      kernel_.between("inblob written");
      return {};
    }
    if (file != "privlevel" || !kernel_.levels) return system(ENOENT);
    const int level = std::stoi(std::string(text_of(bytes)));
    if (level > tsm_privilege_max || level < kernel_.floor) return system(EINVAL);
    if (!advance()) return system(EBUSY);
    level_ = static_cast<std::uint8_t>(level);
    return {};
  }
  Result<Bytes> read(std::string_view file, std::size_t most) override {
    if (file == "provider") return to_bytes(view_of(kernel_.provider + "\n"));
    if (file == "generation") return to_bytes(view_of(std::to_string(written_) + "\n"));
    if ((file == "auxblob" && kernel_.auxiliary) || file == "outblob") {
      if (inblob_.empty()) return system(EINVAL);
      if (read_ != written_ || outblob_.empty()) {
        GLOVEBOX_TRY(made, kernel_.sign(inblob_, level_));
        outblob_ = std::move(made);
        read_ = written_;
      }
      kernel_.between(file);
      const Bytes& out = file == "outblob" ? outblob_ : kernel_.auxblob;
      return out.size() > most ? Result<Bytes>(system(EFBIG)) : Result<Bytes>(out);
    }
    return system(ENOENT);
  }
  bool has(std::string_view file) override {
    return file == "privlevel" ? kernel_.levels : file == "auxblob" ? kernel_.auxiliary : file != "manifestblob";
  }
  bool advance() {
    if (written_ == read_ - 1) return false;  // the kernel takes no more until somebody reads
    ++written_;
    return true;
  }

 private:
  Kernel& kernel_;
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
  std::uint8_t level_ = 0;
  Bytes inblob_;
  Bytes outblob_;
};

// A guest of SEV-SNP, with the certificates that its host hands out. The authorities' keys are short: nobody here
// looks at their signatures.
struct Guest {
  testroots::SnpKeys keys{crypto::RsaKey::generate(2048), crypto::RsaKey::generate(2048)};
  testroots::SnpSigner signer{keys, test::noon(), attestation::SnpProduct::milan};
  testroots::SnpSigner::Chain chain = signer.issue();
  Digest host_data{};
  Kernel kernel;

  Guest() {
    kernel.sign = [this](View inblob, std::uint8_t level) -> Result<Bytes> {
      auto report = signer.report();
      std::ranges::copy(inblob, report.report_data.begin());
      report.host_data = host_data;
      report.vmpl = level;
      signer.sign(report);
      return report.encode();
    };
    auto table = testroots::SnpSigner::table(chain, attestation::SnpSigner::vcek);
    table.padding = 1000;  // to a page's end
    kernel.auxblob = table.encode();
  }
  TsmAttester::MakeFolder folders() {
    return [this]() -> Result<std::unique_ptr<TsmFolder>> { return std::make_unique<Folder>(kernel); };
  }
  std::string asked(View inblob = filled<64>(1), std::optional<std::uint8_t> level = {}) {
    Folder folder(kernel);
    return test::reason_of(ask_tsm(folder, inblob, level));
  }
};
Guest& guest() {
  static Guest made;
  made.kernel.provider = "sev_guest";
  made.kernel.between = [](std::string_view) {};
  made.kernel.floor = 0;
  made.kernel.levels = true;
  return made;
}

TEST(Tsm, AReportIsOfWhatWasWritten) {
  Guest& g = guest();
  Folder folder(g.kernel);
  for (std::uint8_t i = 1; i < 4; ++i) {
    const auto asked = ask_tsm(folder, filled<64>(i), std::uint8_t{2});
    ASSERT_TRUE(asked) << describe(asked.error());
    const auto report = attestation::SnpReport::parse(asked->outblob).value();
    EXPECT_EQ(report.report_data, filled<64>(i));
    EXPECT_EQ(report.vmpl, 2U);
    EXPECT_EQ(asked->auxblob, g.kernel.auxblob);
    EXPECT_EQ(asked->provider, "sev_guest");
  }
}

TEST(Tsm, WhatAnotherWritesBetweenIsRefused) {
  Guest& g = guest();
  for (const std::string_view when : {"inblob written", "outblob", "auxblob"}) {
    Folder folder(g.kernel);
    bool done = false;
    g.kernel.between = [&](std::string_view event) {
      if (event == when && !std::exchange(done, true)) (void)folder.write("inblob", filled<64>(9));
    };
    const auto asked = ask_tsm(folder, filled<64>(1));
    ASSERT_FALSE(asked) << when;
    EXPECT_EQ(asked.error().reason, Reject::platform_failed);
    EXPECT_NE(asked.error().found.find("generation"), std::string::npos) << asked.error().found;
  }
}

// Where the kernel took nothing, the report would be of what was written before.
TEST(Tsm, AWriteThatWasNotTakenIsSeen) {
  Guest& g = guest();
  class Deaf final : public TsmFolder {
   public:
    explicit Deaf(Kernel& kernel) : inner_(kernel) { (void)inner_.write("inblob", filled<64>(7)); }
    Status write(std::string_view, View) override { return {}; }
    Result<Bytes> read(std::string_view file, std::size_t most) override { return inner_.read(file, most); }
    bool has(std::string_view file) override { return inner_.has(file); }

   private:
    Folder inner_;
  } deaf(g.kernel);
  const auto asked = ask_tsm(deaf, filled<64>(1));
  ASSERT_FALSE(asked);
  EXPECT_NE(asked.error().found.find("after inblob was written"), std::string::npos);
}

TEST(Tsm, Refusals) {
  Guest& g = guest();
  EXPECT_EQ(g.asked(Bytes(63)), "too_large");
  EXPECT_EQ(g.asked(filled<64>(1)), "accepted");
  g.kernel.floor = 2;
  EXPECT_EQ(g.asked(filled<64>(1), 1), "platform_failed");
  EXPECT_EQ(g.asked(filled<64>(1), 2), "accepted");
  g.kernel.levels = false;
  EXPECT_EQ(g.asked(filled<64>(1), 2), "platform_failed");
  EXPECT_EQ(g.asked(filled<64>(1)), "accepted");
  for (const char* provider : {"", "two words", "a\x1b[2J"}) {
    g.kernel.provider = provider;
    EXPECT_EQ(g.asked(), "platform_failed") << provider;
  }
}

TEST(TsmAttester, MakesEvidenceOfSevSnp) {
  Guest& g = guest();
  const std::vector<Digest> models = {filled<32>(2), filled<32>(1)};
  g.host_data = attestation::snp_inputs(filled<32>(3), models);
  auto made = TsmAttester::create(g.folders());
  ASSERT_TRUE(made) << describe(made.error());
  Attester& attester = **made;
  EXPECT_TRUE(attester.measure_inputs(models, filled<32>(3)));
  EXPECT_EQ(test::reason_of(attester.measure_inputs(models, filled<32>(4))), "platform_failed");
  const auto keys = attestation::KeySet::of(crypto::KemPrivate::generate(crypto::Kem::x25519).public_key());
  const attestation::Context context = attestation::ModelContext{};
  const auto evidence = attester.attest(filled<32>(5), keys, context);
  ASSERT_TRUE(evidence) << describe(evidence.error());
  EXPECT_EQ(evidence->media_type, attestation::media_type_sev_snp);
  const auto document = attestation::SnpEvidence::parse(evidence->document).value();
  EXPECT_TRUE(equal(document.report.report_data, evidence->binding().view()));
  ASSERT_TRUE(document.table);
  EXPECT_EQ(document.table->padding, 0U);
  EXPECT_EQ(document.table->entries.size(), 3U);
  EXPECT_EQ(document.table->entries.front().bytes, g.chain.leaf);
  EXPECT_EQ(*attestation::Evidence::parse(evidence->encode()), *evidence);
  EXPECT_EQ(test::reason_of(attester.now()), "unsupported");
  EXPECT_EQ(test::reason_of(attester.attest(filled<32>(5), keys, attestation::KmsContext{"arn"})), "unsupported");
  EXPECT_EQ(g.kernel.folders, 0) << "folders go when they were read";
}

// A host that hands out no certificates, or zeros, leaves a bare report; a broken table is named.
TEST(TsmAttester, TheHostsTable) {
  Guest& g = guest();
  const Bytes whole = g.kernel.auxblob;
  const auto keys = attestation::KeySet::of(crypto::KemPrivate::generate(crypto::Kem::x25519).public_key());
  const auto size = [&](Bytes auxblob) {
    g.kernel.auxblob = std::move(auxblob);
    const auto evidence = (*TsmAttester::create(g.folders()))->attest(filled<32>(5), keys, attestation::ModelContext{});
    return evidence ? evidence->document.size() : 0;
  };
  EXPECT_EQ(size({}), attestation::snp_report_size);
  EXPECT_EQ(size(Bytes(4096)), attestation::snp_report_size);
  EXPECT_GT(size(whole), attestation::snp_report_size);
  EXPECT_EQ(size(Bytes(whole.begin(), whole.begin() + 100)), 0U);
  EXPECT_EQ(size(Bytes(tsm_auxblob_size_max + 1)), 0U);
  g.kernel.auxblob = whole;
}

// Others are TDX and Arm CCA, whose drivers have neither privilege levels nor anything beside the report.
struct Other {
  attestation::Platform platform;
  Kernel kernel;
  // made signs these 64 bytes for a guest that was started with these inputs; behind it, what a host leaves there.
  std::function<Bytes(View inblob)> made;
  std::function<Array<64>(View document)> data_of;
};

constexpr std::size_t zeros_behind = 1000;
const std::vector<Digest> other_models = {filled<32>(2), filled<32>(1)};
const Digest other_configuration = filled<32>(3);

Other tdx_guest() {
  const auto signer = std::make_shared<testroots::IntelSigner>(test::noon(), attestation::Tee::tdx);
  const auto chain = std::make_shared<testroots::IntelSigner::Chain>(signer->issue());
  Other out{.platform = attestation::Platform::tdx, .kernel = {.provider = "tdx_guest"}, .made = {}, .data_of = {}};
  out.made = [signer, chain](View inblob) {
    attestation::Quote quote = signer->quote();
    auto& td = std::get<attestation::TdReport>(quote.body);
    std::ranges::copy(inblob, td.report_data.begin());
    td.mr_config_id = attestation::td_inputs(other_configuration, other_models);
    signer->sign(quote, *chain);
    quote.padding = zeros_behind;
    return quote.encode();
  };
  out.data_of = [](View document) {
    const auto quote = attestation::Quote::parse(document).value();
    EXPECT_EQ(quote.padding, 0U);
    return std::get<attestation::TdReport>(quote.body).report_data;
  };
  return out;
}

Other cca_guest() {
  const auto signer = std::make_shared<testroots::ArmSigner>();
  Other out{
      .platform = attestation::Platform::arm_cca, .kernel = {.provider = "arm_cca_guest"}, .made = {}, .data_of = {}};
  out.made = [signer](View inblob) {
    const auto personalization = attestation::cca_inputs(other_configuration, other_models);
    const auto platform = signer->platform(signer->realm_key_bytes());
    const auto realm = signer->realm(inblob, personalization);
    return attestation::cca_document(testroots::ArmSigner::sign(platform.encode(), signer->key),
                                     testroots::ArmSigner::sign(realm.encode(), signer->realm_key));
  };
  out.data_of = [](View document) {
    const auto token = attestation::CcaToken::parse(document).value();
    return fixed<64>(token.realm.claims.bytes(attestation::arm::nonce)).value();
  };
  return out;
}

TEST(TsmAttester, MakesEvidenceOfTdxAndCca) {
  for (Other& other : std::array{tdx_guest(), cca_guest()}) {
    Kernel& kernel = other.kernel;
    SCOPED_TRACE(kernel.provider);
    kernel.levels = kernel.auxiliary = false;
    kernel.sign = [&](View inblob, std::uint8_t) -> Result<Bytes> { return other.made(inblob); };
    const TsmAttester::MakeFolder folders = [&]() -> Result<std::unique_ptr<TsmFolder>> {
      return std::make_unique<Folder>(kernel);
    };
    const auto made = TsmAttester::create(folders);
    ASSERT_TRUE(made) << describe(made.error());
    TsmAttester& attester = **made;
    EXPECT_EQ(attester.platform(), other.platform);
    const auto measured = attester.measure_inputs(other_models, other_configuration);
    EXPECT_TRUE(measured) << describe(measured.error());
    EXPECT_EQ(test::reason_of(attester.measure_inputs(other_models, filled<32>(4))), "platform_failed");
    EXPECT_EQ(test::reason_of(attester.measure_inputs({}, other_configuration)), "platform_failed");

    const auto keys = attestation::KeySet::of(crypto::KemPrivate::generate(crypto::Kem::x25519).public_key());
    const auto ask = [&] { return attester.attest(filled<32>(5), keys, attestation::ModelContext{}); };
    const auto evidence = ask();
    ASSERT_TRUE(evidence) << describe(evidence.error());
    EXPECT_EQ(evidence->media_type, attestation::media_type(other.platform));
    EXPECT_TRUE(equal(other.data_of(evidence->document), evidence->binding().view()));
    EXPECT_EQ(*attestation::Evidence::parse(evidence->encode()), *evidence);
    EXPECT_EQ(test::reason_of(attester.now()), "unsupported");
    EXPECT_EQ(test::reason_of(attester.attest(filled<32>(5), keys, attestation::KmsContext{"arn"})), "unsupported");
    EXPECT_EQ(kernel.folders, 0) << "folders go when they were read";

    // A level of privilege is nothing that these have.
    auto with_level = TsmAttester::create(folders, std::uint8_t{1});
    ASSERT_TRUE(with_level);
    EXPECT_EQ(test::reason_of((*with_level)->attest(filled<32>(5), keys, attestation::ModelContext{})),
              "platform_failed");

    // A driver that gives an older report, one of another platform, or half of one.
    const Bytes older = other.made(filled<64>(9));
    const Bytes good = other.made(evidence->binding().view());
    for (const Bytes& bytes : {older, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(good.size() / 4)),
                               guest().kernel.sign(evidence->binding().view(), 0).value(), Bytes()}) {
      kernel.sign = [&](View, std::uint8_t) -> Result<Bytes> { return bytes; };
      EXPECT_EQ(test::reason_of(ask()), "platform_failed") << bytes.size();
    }
    // Whatever another process writes while we ask.
    kernel.sign = [&](View inblob, std::uint8_t) -> Result<Bytes> { return other.made(inblob); };
    Folder folder(kernel);
    kernel.between = [&](std::string_view event) {
      if (event == "outblob") (void)folder.write("inblob", filled<64>(9));
    };
    EXPECT_EQ(test::reason_of(ask_tsm(folder, filled<64>(1))), "platform_failed");
    kernel.between = [](std::string_view) {};
    EXPECT_TRUE(ask());
    // A driver that was exchanged since is not asked.
    kernel.provider = "sev_guest";
    EXPECT_EQ(test::reason_of(ask()), "platform_failed");
  }
}

TEST(TsmAttester, AQuoteOfSgxIsNoGuests) {
  testroots::IntelSigner signer(test::noon(), attestation::Tee::sgx);
  Kernel kernel{.provider = "tdx_guest", .levels = false, .auxiliary = false};
  kernel.sign = [&](View inblob, std::uint8_t) -> Result<Bytes> {
    attestation::Quote quote = signer.quote();
    std::ranges::copy(inblob, std::get<attestation::EnclaveReport>(quote.body).report_data.begin());
    signer.sign(quote, signer.issue());
    return quote.encode();
  };
  const auto made =
      TsmAttester::create([&]() -> Result<std::unique_ptr<TsmFolder>> { return std::make_unique<Folder>(kernel); });
  ASSERT_TRUE(made);
  const auto measured = (*made)->measure_inputs({}, {});
  ASSERT_FALSE(measured);
  EXPECT_EQ(measured.error().reason, Reject::platform_failed);
  EXPECT_EQ(measured.error().found, "a quote of SGX");
}

TEST(TsmAttester, NamesOtherProviders) {
  Guest& g = guest();
  g.kernel.provider = "somebody";
  const auto made = TsmAttester::create(g.folders());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, Reject::platform_failed);
  EXPECT_EQ(made.error().expected, "sev_guest, tdx_guest, arm_cca_guest");
}

// The real folder's files, in an ordinary one: what is written arrives whole, what is read is bounded, what is not
// there says what to do.
TEST(TsmFolder, ReadsAndWritesFiles) {
  const auto root = std::filesystem::path(testing::TempDir()) / "glovebox-tsm-test";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root / "one");
  for (const char* file : {"provider", "generation", "inblob", "outblob"})
    ASSERT_TRUE(write_file((root / "one" / file).string(), view_of("before")));
  const auto folder = open_tsm_folder(root / "one");
  ASSERT_TRUE(folder->write("inblob", view_of("after!")));
  EXPECT_EQ(*folder->read("inblob", 6), to_bytes(view_of("after!")));
  EXPECT_EQ(test::reason_of(folder->read("inblob", 5)), "platform_failed");
  EXPECT_TRUE(folder->has("outblob"));
  EXPECT_FALSE(folder->has("auxblob"));
  const auto absent = folder->read("auxblob", 10);
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().hint.find("6.7"), std::string::npos);
  EXPECT_EQ(test::reason_of(folder->write("privlevel", view_of("0"))), "platform_failed") << "files are never made";
  {
    const auto made = make_tsm_folder(root);
    ASSERT_TRUE(made);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root), {}), 2);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root), {}), 1) << "it goes";
  const auto nowhere = make_tsm_folder(root / "nowhere");
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().hint.find("configfs"), std::string::npos);
  std::filesystem::remove_all(root);
}
}  // namespace
}  // namespace glovebox::attester
