// image_options.h: what the commands of `glovebox image` are told.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace glovebox::app {

struct ImageBuild {
  std::string kernel;
  std::string init;
  std::string command_line = "reboot=k panic=30 pci=off nomodules console=ttyS0 random.trust_cpu=on quiet";
  std::vector<std::string> models;  // bundles, which make a ramdisk of their own
  std::string configuration;        // the enclave's, CBOR, in that ramdisk as well; empty: its default
  std::string name = "glovebox";
  std::string version;
  bool aarch64 = false;
  std::string output;
};

struct ImageMeasure {
  std::string file;
  std::string version;        // with --output: the version's name
  std::string configuration;  // CBOR; default: the default configuration
  std::string output;         // reference values
};

struct ImageDescribe {
  std::string file;
};

struct ImageSign {
  std::string file;
  std::string key;          // PKCS #8, PEM
  std::string certificate;  // PEM
  std::string output;
};

struct ImageVerify {
  std::string file;
  std::string reference_values;
  std::string certificate;  // the image must be signed by exactly this one
};

struct ImageDiff {
  std::string first;
  std::string second;
};

int run(const ImageBuild& options);
int run(const ImageMeasure& options);
int run(const ImageDescribe& options);
int run(const ImageSign& options);
int run(const ImageVerify& options);
int run(const ImageDiff& options);

// image_commands adds `image` and what stands under it; the one that was given is put into `chosen`. The App must go
// before what this returns, which holds what the commands were told.
std::shared_ptr<void> image_commands(CLI::App& cli, std::function<int()>& chosen);

}  // namespace glovebox::app
