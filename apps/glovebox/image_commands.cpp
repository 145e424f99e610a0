// The command line of `glovebox image`.
#include <CLI/CLI.hpp>

#include "glovebox/image_options.h"

namespace glovebox::app {
namespace {

struct All {
  ImageBuild build;
  ImageMeasure measure;
  ImageDescribe describe;
  ImageSign sign;
  ImageVerify verify;
  ImageDiff diff;
};

void file_option(CLI::App* command, std::string& file) {
  command->add_option("file", file, "an enclave image (EIF)")->required()->type_name("FILE");
}

}  // namespace

std::shared_ptr<void> image_commands(CLI::App& cli, std::function<int()>& chosen) {
  auto all = std::make_shared<All>();
  auto* image = cli.add_subcommand("image", "write, measure, sign and compare enclave images");
  image->require_subcommand(1);
  const auto choose = [&chosen](CLI::App* command, const auto& options) {
    command->callback([&chosen, &options] { chosen = [&options] { return run(options); }; });
  };

  ImageBuild& build = all->build;
  auto* build_command = image->add_subcommand("build", "write an image: the same bytes for the same parts");
  build_command->add_option("--kernel", build.kernel, "the kernel: bzImage, or Image for aarch64")
      ->required()
      ->type_name("FILE");
  build_command->add_option("--init", build.init, "the one program, static: it becomes /init")
      ->required()
      ->type_name("FILE");
  build_command->add_option("--command-line", build.command_line, "the kernel's command line, measured")
      ->type_name("TEXT");
  build_command
      ->add_option("--model", build.models,
                   "a model's file, measured: all of them make a ramdisk of their own, /models")
      ->type_name("BUNDLE")
      ->allow_extra_args(false);
  build_command
      ->add_option("--configuration", build.configuration,
                   "the enclave's configuration (CBOR), measured; without it the default")
      ->type_name("FILE");
  build_command->add_option("--name", build.name, "the image's name, in its metadata")->type_name("NAME");
  build_command->add_option("--image-version", build.version, "the image's version, in its metadata")
      ->type_name("TEXT");
  build_command->add_flag("--aarch64", build.aarch64, "for Arm");
  build_command->add_option("-o,--output", build.output, "the image")->required()->type_name("FILE");
  choose(build_command, build);

  ImageMeasure& measure = all->measure;
  auto* measure_command = image->add_subcommand("measure", "print what the platform will measure: PCR0, 1, 2 and 8");
  file_option(measure_command, measure.file);
  auto* values =
      measure_command->add_option("-o,--output", measure.output, "write reference values, for `glovebox policy new`");
  values->type_name("FILE");
  measure_command->add_option("--image-version", measure.version, "the version's name in the reference values")
      ->needs(values)
      ->type_name("TEXT");
  measure_command
      ->add_option("--configuration", measure.configuration,
                   "the enclave's configuration (CBOR); without it the default")
      ->needs(values)
      ->type_name("FILE");
  choose(measure_command, measure);

  auto* describe_command =
      image->add_subcommand("describe", "check every field of an image, also a hostile one, and say what is in it");
  file_option(describe_command, all->describe.file);
  choose(describe_command, all->describe);

  ImageSign& sign = all->sign;
  auto* sign_command = image->add_subcommand("sign", "sign an image's PCR0 with ES384, in the image");
  file_option(sign_command, sign.file);
  sign_command->add_option("--key", sign.key, "the private key, P-384: PKCS #8 in PEM")->required()->type_name("FILE");
  sign_command->add_option("--certificate", sign.certificate, "its certificate in PEM, whose digest is PCR8")
      ->required()
      ->type_name("FILE");
  sign_command->add_option("-o,--output", sign.output, "the signed image")->required()->type_name("FILE");
  choose(sign_command, sign);

  ImageVerify& verify = all->verify;
  auto* verify_command = image->add_subcommand("verify", "say whether an image is the one that was meant");
  file_option(verify_command, verify.file);
  verify_command->add_option("--reference-values", verify.reference_values, "what it must measure as")
      ->type_name("FILE");
  verify_command->add_option("--certificate", verify.certificate, "what it must be signed by, in PEM")
      ->type_name("FILE");
  choose(verify_command, verify);

  ImageDiff& diff = all->diff;
  auto* diff_command = image->add_subcommand(
      "diff", "say why two images measure differently: section, file, option, first bytes. Exit code 4 if they do");
  diff_command->add_option("first", diff.first, "an image")->required()->type_name("FILE");
  diff_command->add_option("second", diff.second, "another")->required()->type_name("FILE");
  choose(diff_command, diff);
  return all;
}

}  // namespace glovebox::app
