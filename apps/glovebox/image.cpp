// image: enclave images, written and judged.
#include "image/image_signature.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "attestation/reference_values.h"
#include "base/file.h"
#include "base/secret.h"
#include "bundle/bundle.h"
#include "crypto/hash.h"
#include "glovebox/image_options.h"
#include "glovebox/output.h"
#include "image/cpio.h"
#include "image/diff.h"
#include "image/gzip.h"
#include "image/kernel.h"
#include "image/metadata.h"
#include "image/program.h"
#include "report/text.h"
#include "verifier/nitro_verify.h"
#include "verifier/reference_values_file.h"
#include "wire/configuration.h"

namespace glovebox::app {
namespace {
using Json = nlohmann::ordered_json;
using image::Eif;
using image::Inspected;
using report::printable;

constexpr std::size_t pem_max = 65536;
constexpr std::string_view no_time = "1970-01-01T00:00:00Z";  // an image says what it is, not when it was made

// Loaded keeps the file that an inspected image borrows.
struct Loaded {
  Bytes file;
  Inspected image;
};
Result<Loaded> load(const std::string& path) {
  GLOVEBOX_TRY(file, read_file(path, image::eif_size_max));
  GLOVEBOX_TRY(inspected, image::inspect(file));
  return Loaded{std::move(file), std::move(inspected)};
}

Json json_of(const image::Measurements& m) {
  Json out = {{"pcr0", to_hex(m.pcr0)}, {"pcr1", to_hex(m.pcr1)}, {"pcr2", to_hex(m.pcr2)}};
  if (m.pcr8) out["pcr8"] = to_hex(*m.pcr8);
  return out;
}

void say_measurements(const image::Measurements& m) {
  say("PCR0  " + to_hex(m.pcr0) + "  kernel, command line, ramdisks");
  say("PCR1  " + to_hex(m.pcr1) + "  kernel, command line, first ramdisk");
  say("PCR2  " + to_hex(m.pcr2) +
      (m.pcr2 == attestation::no_ramdisk() ? "  no further ramdisk" : "  further ramdisks"));
  if (m.pcr8) say("PCR8  " + to_hex(*m.pcr8) + "  the certificate that signs it");
}

// ---- build

Result<Bytes> init_ramdisk(const std::string& init, image::Architecture architecture) {
  GLOVEBOX_TRY(program, read_file(init, image::eif_size_max));
  GLOVEBOX_CHECK(image::check_program(program, architecture, init));
  return image::gzip(
      image::write_cpio({image::CpioEntry::folder("dev"), image::CpioEntry::character_device("dev/console", 5, 1),
                         image::CpioEntry::file("init", program, 0755)}));
}

// owner_ramdisk is what an image's owner adds to the program: configuration and models.
Result<Bytes> owner_ramdisk(const ImageBuild& options) {
  std::vector<image::CpioEntry> entries;
  if (!options.configuration.empty()) {
    GLOVEBOX_TRY(file, read_file(options.configuration, wire::configuration_max));
    GLOVEBOX_CHECK(wire::parse_configuration(file));
    entries.push_back(image::CpioEntry::file("configuration.cbor", file));
  }
  if (!options.models.empty()) entries.push_back(image::CpioEntry::folder("models"));
  for (const std::string& path : options.models) {
    GLOVEBOX_TRY(file, read_file(path, bundle::bundle_size_max));
    GLOVEBOX_TRY(bundle, bundle::load(file));
    // By its digest: what a person's folder calls it is not measured, and no two models have the same.
    entries.push_back(image::CpioEntry::file("models/" + to_hex(bundle.digest) + ".glovebox", file));
    note("model " + bundle.manifest.name + " " + to_hex(bundle.digest));
  }
  return image::gzip(image::write_cpio(std::move(entries)));
}

Status build(const ImageBuild& options) {
  GLOVEBOX_TRY(kernel, read_file(options.kernel, image::eif_size_max));
  const auto version = image::kernel_version(kernel);
  if (!options.aarch64 && !version)
    return fail(version.error().reason, options.kernel + ": " + version.error().found, version.error().expected);
  GLOVEBOX_CHECK(image::check_kernel_end(kernel));
  GLOVEBOX_TRY(
      init, init_ramdisk(options.init, options.aarch64 ? image::Architecture::aarch64 : image::Architecture::x86_64));
  Bytes owners;
  if (!options.models.empty() || !options.configuration.empty()) {
    GLOVEBOX_TRY(packed, owner_ramdisk(options));
    owners = std::move(packed);
  }
  const std::string metadata =
      image::write_metadata({.image_name = options.name,
                             .image_version = options.version.empty() ? GLOVEBOX_VERSION : options.version,
                             .build_time = std::string(no_time),
                             .build_tool = "glovebox image build",
                             .build_tool_version = GLOVEBOX_VERSION,
                             .operating_system = "Linux",
                             .kernel_version = version ? version->substr(0, version->find(' ')) : "unknown"});
  using image::SectionType;
  Eif eif{.architecture = options.aarch64 ? image::Architecture::aarch64 : image::Architecture::x86_64,
          .sections = {{SectionType::kernel, kernel},
                       {SectionType::command_line, view_of(options.command_line)},
                       {SectionType::metadata, view_of(metadata)},
                       {SectionType::ramdisk, init}}};
  if (!owners.empty()) eif.sections.push_back({SectionType::ramdisk, owners});
  GLOVEBOX_CHECK(image::check(eif));
  const Bytes file = image::write_eif(eif);
  GLOVEBOX_CHECK(write_file(options.output, file));
  const auto measured = image::measure(eif);
  if (json_output()) {
    Json out = {{"code", "ok"}, {"size", file.size()}, {"sha256", to_hex(crypto::sha256(file))}};
    out.update(json_of(measured));
    say(out.dump());
  } else {
    say(options.output + ": " + human(file.size()) + ", SHA-256 " + to_hex(crypto::sha256(file)));
    say_measurements(measured);
  }
  return {};
}

// ---- measure

Result<Digest> configuration_digest(const std::string& path) {
  if (path.empty()) return crypto::sha256(wire::encode(wire::Configuration{}));
  GLOVEBOX_TRY(bytes, read_file(path, wire::configuration_max));
  GLOVEBOX_CHECK(wire::parse_configuration(bytes));
  return crypto::sha256(bytes);
}

Status measure(const ImageMeasure& options) {
  GLOVEBOX_TRY(loaded, load(options.file));
  const auto& m = loaded.image.measurements;
  if (!options.output.empty()) {
    GLOVEBOX_TRY(configuration, configuration_digest(options.configuration));
    GLOVEBOX_TRY(metadata, image::parse_metadata(loaded.image.eif.metadata()));
    const attestation::ReferenceValues values{
        .version = options.version.empty() ? metadata.image_version : options.version,
        .configuration = configuration,
        .pcrs = {m.pcr0, m.pcr1, m.pcr2},
        .root_name = std::string(verifier::aws_nitro_root_name),
        .root_sha256 = verifier::aws_nitro_root_sha256()};
    GLOVEBOX_CHECK(write_file(options.output, view_of(values.to_toml())));
  }
  if (json_output()) {
    Json out = {{"code", "ok"}};
    out.update(json_of(m));
    say(out.dump());
  } else {
    say_measurements(m);
  }
  return {};
}

// ---- describe

Json json_of(const image::Metadata& m) {
  return {{"image_name", m.image_name},
          {"image_version", m.image_version},
          {"build_time", m.build_time},
          {"build_tool", m.build_tool},
          {"build_tool_version", m.build_tool_version},
          {"operating_system", m.operating_system},
          {"kernel_version", m.kernel_version}};
}

std::string registers(const Eif& eif, std::size_t section) {
  std::string out;
  for (const std::uint8_t pcr : image::registers_of(eif, section))
    out += (out.empty() ? "PCR" : ", PCR") + std::to_string(pcr);
  return out.empty() ? "not measured" : out;
}

Status describe_as_json(const Inspected& image, const image::Metadata& metadata) {
  const Eif& eif = image.eif;
  Json sections = Json::array();
  for (std::size_t i = 0; i < eif.sections.size(); ++i) {
    const auto& section = eif.sections[i];
    Json one = {{"type", name(section.type)},
                {"offset", image::section_offset(eif, i)},
                {"size", section.data.size()},
                {"sha384", to_hex(crypto::sha384(section.data))},
                {"pcrs", image::registers_of(eif, i)}};
    if (section.type == image::SectionType::ramdisk) {
      if (const auto files = image::read_ramdisk(section.data)) {
        for (const auto& file : *files)
          one["files"].push_back({{"path", file.path}, {"mode", file.mode}, {"size", file.data.size()}});
      } else {
        one["files_unread"] = describe(files.error());
      }
    }
    sections.push_back(std::move(one));
  }
  Json out = {{"code", "ok"},
              {"architecture", name(eif.architecture)},
              {"command_line", eif.command_line()},
              {"sections", std::move(sections)},
              {"metadata", json_of(metadata)}};
  if (const auto version = image::kernel_version(eif.kernel())) out["kernel"] = *version;
  if (image.signature) {
    const auto& fields = image.signature->certificate.fields();
    out["signed_by"] = {{"subject", fields.subject},
                        {"not_before", to_rfc3339(fields.not_before)},
                        {"not_after", to_rfc3339(fields.not_after)}};
  }
  out.update(json_of(image.measurements));
  say(out.dump(-1, ' ', false, Json::error_handler_t::replace));
  return {};
}

Status describe_image(const ImageDescribe& options) {
  GLOVEBOX_TRY(loaded, load(options.file));
  const Eif& eif = loaded.image.eif;
  GLOVEBOX_TRY(metadata, image::parse_metadata(eif.metadata()));
  if (json_output()) return describe_as_json(loaded.image, metadata);
  say("image        EIF version 4, " + std::string(name(eif.architecture)) + ", " + human(loaded.file.size()));
  const auto version = image::kernel_version(eif.kernel());
  for (std::size_t i = 0; i < eif.sections.size(); ++i) {
    const auto& section = eif.sections[i];
    std::string label(name(section.type));
    label.resize(13, ' ');
    say(label + human(section.data.size()) + " at byte " + std::to_string(image::section_offset(eif, i)) + ", " +
        registers(eif, i));
    if (section.type == image::SectionType::kernel) {
      if (version) say("             " + printable(*version));
      if (const auto ends = image::check_kernel_end(section.data); !ends)
        say("             LONGER OR SHORTER THAN IT SAYS: " + describe(ends.error()));
    }
    if (section.type == image::SectionType::command_line) say("             " + std::string(eif.command_line()));
    if (section.type == image::SectionType::metadata)
      say("             " +
          printable(metadata.image_name + " " + metadata.image_version + ", by " + metadata.build_tool + " " +
                    metadata.build_tool_version + ", " + metadata.build_time) +
          "; anyone may change this");
    if (section.type == image::SectionType::ramdisk) {
      const auto files = image::read_ramdisk(section.data);
      if (!files) say("             its files cannot be read: " + printable(describe(files.error())));
      for (const auto& file : files ? *files : std::vector<image::CpioEntry>{})
        say("             /" + printable(file.path) + "  " + human(file.data.size()));
    }
    if (section.type == image::SectionType::signature) {
      const auto& fields = loaded.image.signature->certificate.fields();
      say("             by " + printable(fields.subject) + ", " + to_rfc3339(fields.not_before) + " to " +
          to_rfc3339(fields.not_after) + "; it verifies");
    }
  }
  say_measurements(loaded.image.measurements);
  return {};
}

// ---- sign

Result<crypto::EcKey> read_key(const std::string& path) {
  GLOVEBOX_TRY(file, read_secret_file(path, pem_max));
  constexpr std::string_view begin = "-----BEGIN PRIVATE KEY-----", end = "-----END PRIVATE KEY-----";
  const std::string_view text = text_of(file.expose());
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from + begin.size())
    return fail(Reject::key_invalid, path, "a private key: PKCS #8 in PEM",
                "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384");
  std::string base64;
  std::ranges::copy_if(text.substr(from + begin.size(), to - from - begin.size()), std::back_inserter(base64),
                       [](char c) { return c != '\n' && c != '\r'; });
  auto der = from_base64(base64);
  erase({reinterpret_cast<std::uint8_t*>(base64.data()), base64.size()});
  if (!der) return fail(Reject::key_invalid, path + ", which is not base64", "a private key in PEM");
  auto key = crypto::EcKey::from_pkcs8(*der);
  erase(*der);
  return key;
}

Status sign_image(const ImageSign& options) {
  GLOVEBOX_TRY(loaded, load(options.file));
  GLOVEBOX_TRY(key, read_key(options.key));
  GLOVEBOX_TRY(certificate, read_file(options.certificate, pem_max));
  GLOVEBOX_TRY(section, image::sign(key, text_of(certificate), loaded.image.measurements.pcr0));
  const Bytes file = image::write_eif(image::with_signature(loaded.image.eif, section));
  GLOVEBOX_TRY(again, image::inspect(file));  // what is written is what will be read
  GLOVEBOX_CHECK(write_file(options.output, file));
  if (json_output()) {
    Json out = {{"code", "ok"}, {"sha256", to_hex(crypto::sha256(file))}};
    out.update(json_of(again.measurements));
    say(out.dump());
  } else {
    say_measurements(again.measurements);
  }
  return {};
}

// ---- verify

Status verify_image(const ImageVerify& options) {
  if (options.reference_values.empty() && options.certificate.empty())
    return fail(Reject::usage, "nothing to hold the image to", "--reference-values, --certificate, or both");
  GLOVEBOX_TRY(loaded, load(options.file));
  const auto& m = loaded.image.measurements;
  if (!options.reference_values.empty()) {
    GLOVEBOX_TRY(text, read_file(options.reference_values, verifier::reference_values_size_max));
    GLOVEBOX_TRY(values, verifier::parse_reference_values(text));
    GLOVEBOX_CHECK(image::check_kernel_end(loaded.image.eif.kernel()));
    const std::array ours = {m.pcr0, m.pcr1, m.pcr2};
    for (std::size_t i = 0; i < ours.size(); ++i)
      if (ours[i] != values.pcrs[i])
        return fail(Reject::measurement_unknown, "PCR" + std::to_string(i) + " " + to_hex(ours[i]),
                    to_hex(values.pcrs[i]) + ", which the reference values have for version " + values.version,
                    "glovebox image diff says where two images differ");
  }
  if (!options.certificate.empty()) {
    GLOVEBOX_TRY(pem, read_file(options.certificate, pem_max));
    GLOVEBOX_TRY(certificate, crypto::Certificate::parse_pem(pem));
    if (!loaded.image.signature) return fail(Reject::signature_invalid, "an image that nobody signed", "a signature");
    if (loaded.image.signature->certificate.digest() != certificate.digest())
      return fail(Reject::signature_invalid, "signed by " + loaded.image.signature->certificate.fields().subject,
                  "by " + certificate.fields().subject + ", with exactly this certificate");
  }
  if (json_output()) {
    Json out = {{"code", "ok"}};
    out.update(json_of(m));
    say(out.dump());
  } else {
    say("the image measures as was meant");
    say_measurements(m);
  }
  return {};
}

// ---- diff

Result<bool> diff(const ImageDiff& options) {
  GLOVEBOX_TRY(first, load(options.first));
  GLOVEBOX_TRY(second, load(options.second));
  const auto found = image::differences(first.image, second.image);
  const bool alike = first.image.measurements == second.image.measurements;
  if (json_output()) {
    Json list = Json::array();
    for (const auto& [where, pcrs, lines] : found) list.push_back({{"where", where}, {"pcrs", pcrs}, {"lines", lines}});
    say(Json{{"code", "ok"}, {"measure_alike", alike}, {"differences", std::move(list)}}.dump(
        -1, ' ', false, Json::error_handler_t::replace));
    return alike;
  }
  if (found.empty()) say("the images are equal");
  for (const auto& [where, pcrs, lines] : found) {
    std::string in;
    for (const std::uint8_t pcr : pcrs) in += (in.empty() ? "PCR" : ", PCR") + std::to_string(pcr);
    say(printable(where) + (in.empty() ? "  (not measured)" : "  (" + in + ")"));
    for (const std::string& line : lines) say("  " + printable(line));
  }
  if (!found.empty()) say(alike ? "they measure alike" : "they measure differently");
  return alike;
}

int report(const Status& done) {
  return done ? 0 : report_error("glovebox", done.error(), Sent::unsaid);
}

}  // namespace

int run(const ImageBuild& options) {
  return report(build(options));
}
int run(const ImageMeasure& options) {
  return report(measure(options));
}
int run(const ImageDescribe& options) {
  return report(describe_image(options));
}
int run(const ImageSign& options) {
  return report(sign_image(options));
}
int run(const ImageVerify& options) {
  return report(verify_image(options));
}
int run(const ImageDiff& options) {
  const auto alike = diff(options);
  if (!alike) return report_error("glovebox", alike.error(), Sent::unsaid);
  return *alike ? 0 : static_cast<int>(Exit::evidence_refused);
}

}  // namespace glovebox::app
