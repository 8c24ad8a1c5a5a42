#include "nasnet/exchange/import.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/weights.h"
#include "nasnet/space/genotypes.h"
#include "tests/libtorch/golden.h"

// Files of the golden weights, written by h5py, PyTorch and as TensorFlow writes them, under the
// published names, must give the published network's logits.

namespace nasnet::libtorch {
namespace {

namespace fs = std::filesystem;

class ForeignWeights : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("nasnet-foreign-" + std::to_string(::getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Writes the golden weights of the stack in a format; false where its tools are not there.
  bool write(const std::string& stack, const std::string& format, const std::string& fault = "") {
    const std::string source = NASNET_SOURCE_DIR;
    const std::string table = source + "/../shared/spec/nasnet-" + stack + "-tensors.tsv";
    const std::string module = format == "keras"            ? "h5py"
                               : format == "timm"           ? "numpy"
                               : format.starts_with("slim") ? "crc32c"
                                                            : "torch";
    if (!fs::exists(table) ||
        std::system(("/usr/bin/python3 -c 'import numpy, " + module + "' 2>/dev/null").c_str()) !=
            0)
      return false;
    file_ = (folder_ / ("golden." + format)).string();
    const std::string command = "/usr/bin/python3 " + source + "/tests/exchange/make_weights.py " +
                                table + " " + format + " " + file_ + " " + fault;
    return std::system(command.c_str()) == 0;
  }

  exchange::Recognised import() {
    const auto file = exchange::open_weight_file(file_);
    exchange::ImportHints hints;
    hints.pooling = graph::Pooling::kSlim;  // the golden logits'
    const exchange::Recognised found = exchange::recognise(*file, hints);
    exchange::import_weights(*file, file_, graph::build(genotype_, found.stack), found,
                             folder_ / "weights.safetensors");
    return found;
  }

  void expect_logits(const exchange::Recognised& found, const std::vector<double>& expected) {
    const auto network = network::make_network(graph::build(genotype_, found.stack), 1);
    network->set_tensors(
        network::read_tensors(folder_ / "weights.safetensors", named_tensors(*network)));
    const Tensor logits = network->infer(to_core(golden_images(1, found.stack.input)));
    const size_t background = found.stack.classes == 1001;  // stands before the other classes
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(logits.values()[background + i], expected[i], 1e-4) << i;
  }

  fs::path folder_;
  std::string file_;
  space::Genotype genotype_ = space::named_genotype("nasnet-a");
};

const std::vector<double> kMobile = {1.310484828, -2.291150503, 0.017834434,
                                     0.070379668, 1.25547261,   -0.027908768};
const std::vector<double> kLarge = {0.226656544, -1.757347636, 0.411737744,
                                    0.45785118,  0.529906896,  1.234946121};

TEST_F(ForeignWeights, KerasMobile) {
  if (!write("mobile", "keras")) GTEST_SKIP() << "python3-h5py or ../shared is not there";
  const exchange::Recognised found = import();
  EXPECT_EQ(found.convention, exchange::Convention::kKeras);
  EXPECT_EQ(found.stack, graph::stack_settings(graph::StackKind::kMobile));
  expect_logits(found, kMobile);
}

TEST_F(ForeignWeights, CadeneMobileZip) {
  if (!write("mobile", "torch")) GTEST_SKIP() << "python3-torch or ../shared is not there";
  const exchange::Recognised found = import();
  EXPECT_EQ(found.convention, exchange::Convention::kCadeneMobile);
  EXPECT_EQ(found.stack, graph::stack_settings(graph::StackKind::kMobile));
  expect_logits(found, kMobile);
}

TEST_F(ForeignWeights, SlowCadeneMobileBefore16) {
  if (!write("mobile", "torch-old")) GTEST_SKIP() << "python3-torch or ../shared is not there";
  expect_logits(import(), kMobile);
}

TEST_F(ForeignWeights, SlowTimmLarge) {
  if (!write("large", "timm")) GTEST_SKIP() << "python3-numpy or ../shared is not there";
  const exchange::Recognised found = import();
  EXPECT_EQ(found.convention, exchange::Convention::kTorch);
  EXPECT_EQ(found.stack, graph::stack_settings(graph::StackKind::kLarge));
  expect_logits(found, kLarge);
}

TEST_F(ForeignWeights, SlowKerasLarge) {
  if (!write("large", "keras")) GTEST_SKIP() << "python3-h5py or ../shared is not there";
  expect_logits(import(), kLarge);
}

TEST_F(ForeignWeights, SlimMobile) {
  if (!write("mobile", "slim")) GTEST_SKIP() << "python3-crc32c or ../shared is not there";
  const exchange::Recognised found = import();
  EXPECT_EQ(found.port, "TF-slim");
  EXPECT_EQ(found.weights, "ema");
  EXPECT_EQ(found.stack.classes, 1001);
  EXPECT_TRUE(found.surplus.empty());
  expect_logits(found, kMobile);
}

TEST_F(ForeignWeights, SlowSlimLarge) {
  if (!write("large", "slim-raw")) GTEST_SKIP() << "python3-crc32c or ../shared is not there";
  const exchange::Recognised found = import();
  EXPECT_EQ(found.weights, "raw");
  EXPECT_EQ(found.stack.stack, graph::StackKind::kLarge);
  expect_logits(found, kLarge);
}

TEST_F(ForeignWeights, FaultsOfAPickleAreAllListed) {
  if (!write("mobile", "torch", "all")) GTEST_SKIP() << "python3-torch or ../shared is not there";
  try {
    import();
    FAIL();
  } catch (const InputError& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("cell_0.conv_1x1.bn.bias is missing"), std::string::npos) << what;
    EXPECT_NE(what.find("cell_0.surplus.weight is not wanted"), std::string::npos);
    EXPECT_NE(what.find("cell_1.conv_1x1.bn.bias has shape [3], not [44]"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(folder_ / "weights.safetensors"));
}

}  // namespace
}  // namespace nasnet::libtorch
