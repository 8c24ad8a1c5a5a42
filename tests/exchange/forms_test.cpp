#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/exchange/import.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::exchange {
namespace {

namespace fs = std::filesystem;

/// The files that make_forms.py writes of a small network's weights.
class SlowForms : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("nasnet-forms-" + std::to_string(::getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  static bool has(const std::string& module) {
    return std::system(("/usr/bin/python3 -c 'import " + module + "' 2>/dev/null").c_str()) == 0;
  }

  /// Value i of tensor t is t / 8 + i % 7: bfloat16 has it exactly, and no two tensors are alike.
  void write(const std::string& kind, Convention convention) {
    std::vector<TensorBytes> tensors;
    const std::vector<std::string> names = foreign_names(graph_, convention);
    for (size_t t = 0; t < graph_.parameters.size(); ++t) {
      std::vector<float> values(static_cast<size_t>(graph_.parameters[t].elements()));
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(t % 64) / 8 + static_cast<float>(i % 7);
      values_.push_back(std::move(values));
    }
    for (size_t t = 0; t < values_.size(); ++t)
      tensors.push_back({names[t], "F32", graph_.parameters[t].shape, bytes(values_[t])});
    write_safetensors(path("in.safetensors"), tensors);
    const std::string script = std::string(NASNET_SOURCE_DIR) + "/tests/exchange/make_forms.py ";
    ASSERT_EQ(std::system(("/usr/bin/python3 " + script + kind + " " + path("in.safetensors") +
                           " " + folder_.string())
                              .c_str()),
              0);
  }

  static std::string_view bytes(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
  }

  Recognised import(const std::string& name, const std::string& weights = "") {
    SCOPED_TRACE(name);
    ImportHints hints;
    hints.stack = graph_.settings.stack;
    hints.cells = 1;
    hints.filters = 8;
    hints.weights = weights;
    const auto file = open_weight_file(path(name));
    const Recognised found = recognise(*file, hints);
    import_weights(*file, name, graph_, found, path("out.safetensors"));
    return found;
  }

  std::string refusal(const std::string& name) {
    try {
      import(name);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  /// Every value of the imported file is the written one and `more`, or `more_statistics` where it
  /// is a running mean or variance.
  void expect_values(const std::string& name, float more = 0, float more_statistics = 0) {
    SCOPED_TRACE(name);
    const SafetensorsFile out(path("out.safetensors"));
    for (size_t t = 0; t < values_.size(); ++t) {
      const float added = graph_.parameters[t].trainable() ? more : more_statistics;
      const TensorEntry* entry = out.find(graph_.parameters[t].name);
      ASSERT_NE(entry, nullptr);
      std::vector<float> values(values_[t]);
      for (float& value : values) value += added;
      ASSERT_EQ(out.bytes(*entry), bytes(values)) << entry->name;
    }
  }

  fs::path folder_;
  graph::Graph graph_ = graph::build(space::named_genotype("nasnet-a"),
                                     {graph::StackKind::kMobile, 1, 8, 5, {64, 64, 3}, false});
  std::vector<std::vector<float>> values_;
};

TEST_F(SlowForms, OfKerasHoldTheSameValues) {
  if (!has("h5py")) GTEST_SKIP() << "python3-h5py is not there";
  write("keras", Convention::kKeras);
  for (const char* name : {"plain.h5", "gzip.h5", "lzf.h5", "nested.h5", "named.weights.h5",
                           "model.keras", "sharded.weights.json", "arrays.npz", "packed.npz"}) {
    EXPECT_EQ(import(name).port, "Keras") << name;
    expect_values(name);
  }
  // A zlib stream begins with 78 5e or 78 9c; one of its later bytes is turned.
  std::string damaged = read_file(path("gzip.h5"));
  size_t at = damaged.size() / 2;
  while (damaged[at] != '\x78' || (damaged[at + 1] != '\x5e' && damaged[at + 1] != '\x9c')) ++at;
  damaged[at + 20] ^= 1;
  write_file(path("gzip.h5"), damaged);
  EXPECT_THROW(import("gzip.h5"), InputError);
  // 64 MiB of zeros in 64 KiB.
  EXPECT_NE(refusal("bomb.keras").find("is larger than"), std::string::npos);
}

TEST_F(SlowForms, OfPyTorchHoldTheSameValues) {
  if (!has("torch")) GTEST_SKIP() << "python3-torch is not there";
  write("torch", Convention::kTorch);
  for (const char* name : {"plain.pth", "beside.pth.tar", "lightning.ckpt", "whole.pth",
                           "shared.pth", "strided.pth"}) {
    for (const std::string& form : {std::string(name), "old-" + std::string(name)}) {
      import(form);
      expect_values(form);
    }
  }
  import("bf16.pth");
  expect_values("bf16.pth");
  EXPECT_EQ(import("averaged.pth").weights, "ema");
  expect_values("averaged.pth", 1, 1);
  EXPECT_EQ(import("averaged.pth", "raw").weights, "raw");
  expect_values("averaged.pth");

  import("pytorch_model.bin.index.json");
  expect_values("pytorch_model.bin.index.json");
  fs::remove(path("pytorch_model-2.bin"));
  EXPECT_NE(refusal("pytorch_model.bin.index.json").find("pytorch_model-2.bin, which is missing"),
            std::string::npos);
}

TEST_F(SlowForms, OfTensorflowHoldTheSameValues) {
  if (!has("crc32c")) GTEST_SKIP() << "python3-crc32c is not there";
  write("slim", Convention::kSlim);
  for (const char* name : {"plain.ckpt", "half.ckpt", "double.ckpt.index"}) {
    EXPECT_EQ(import(name).weights, "raw") << name;
    expect_values(name);
  }
  for (const char* name : {"training.ckpt-77", "published.tar.gz"}) {
    const Recognised found = import(name);
    EXPECT_EQ(found.weights, "ema") << name;
    EXPECT_EQ(found.port, "TF-slim") << name;
    expect_values(name, 1, 0);
    EXPECT_EQ(import(name, "raw").weights, "raw") << name;
    expect_values(name);
  }
}

TEST_F(SlowForms, OfTensorflowOnCifarHoldTheSameValues) {
  if (!has("crc32c")) GTEST_SKIP() << "python3-crc32c is not there";
  graph_ = graph::build(space::named_genotype("nasnet-a"),
                        {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}, false});
  ASSERT_EQ(graph_.parameters[0].name, "l1_stem_3x3/weights");
  write("slim", Convention::kSlim);
  EXPECT_EQ(import("training.ckpt-77").weights, "ema");
  expect_values("training.ckpt-77", 1, 0);
}

TEST_F(SlowForms, OfNumpyInPicklesHoldTheSameValues) {
  if (!has("torch")) GTEST_SKIP() << "python3-torch is not there";
  write("torch", Convention::kTorch);
  for (const char* name : {"arrays-2.pkl", "arrays-4.pkl", "arrays-5.pkl", "arrays.npy",
                           "arrays.pth.tar", "old-arrays.pth.tar"}) {
    import(name);
    expect_values(name);
  }
  EXPECT_NE(refusal("x-00001-of-00002.bin").find("import " + path("x.bin.index.json")),
            std::string::npos);
}

TEST_F(SlowForms, AveragesOfEveryLibraryAreFound) {
  if (!has("torch")) GTEST_SKIP() << "python3-torch is not there";
  write("torch", Convention::kTorch);
  const auto expect_average = [&](const std::string& name, float more_statistics) {
    EXPECT_EQ(import(name).weights, "ema") << name;
    expect_values(name, 1, more_statistics);
    EXPECT_EQ(import(name, "raw").weights, "raw") << name;
    expect_values(name);
  };
  for (const char* name : {"torch-ema.pth", "optimizer-ema.ckpt", "lit-ema.ckpt"})
    expect_average(name, 0);
  for (const char* name : {"composer-ema.pt", "lightning-average.ckpt", "swa.pth"})
    expect_average(name, 1);

  EXPECT_NE(refusal("lost-average.pth").find("'ema.shadow_params' ("), std::string::npos)
      << refusal("lost-average.pth");
  import("lost-average.pth", "raw");
  expect_values("lost-average.pth");
}

}  // namespace
}  // namespace nasnet::exchange
