#include "nasnet/exchange/import.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::exchange {
namespace {

namespace fs = std::filesystem;

class Import : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("nasnet-import-" + std::to_string(::getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// A file of the small network's weights under a convention's names, in PyTorch's layout: value
  /// i of tensor t is t + i / 1000.
  std::string write(
      Convention convention,
      const std::function<void(std::vector<TensorBytes>&)>& spoil = [](auto&) {}) {
    std::vector<TensorBytes> tensors;
    values_.clear();
    const std::vector<std::string> names = foreign_names(graph_, convention);
    for (size_t t = 0; t < graph_.parameters.size(); ++t) {
      std::vector<float> values(static_cast<size_t>(graph_.parameters[t].elements()));
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(t) + static_cast<float>(i) / 1000;
      values_.push_back(std::move(values));
      tensors.push_back({names[t], "F32", graph_.parameters[t].shape, bytes(values_.back())});
    }
    spoil(tensors);
    write_safetensors(path("in.safetensors"), tensors);
    return path("in.safetensors");
  }

  static std::string_view bytes(const std::vector<float>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
  }

  ImportHints hints() const {
    ImportHints hints;
    hints.stack = graph::StackKind::kMobile;
    hints.cells = 1;
    hints.filters = 8;
    return hints;
  }

  std::string refusal(const std::string& file) {
    try {
      const auto weights = open_weight_file(file);
      const Recognised found = recognise(*weights, hints());
      import_weights(*weights, file, graph::build(found.genotype, found.stack), found,
                     path("out.safetensors"));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder_;
  space::Genotype genotype_ = space::named_genotype("nasnet-a");
  graph::Graph graph_ =
      graph::build(genotype_, {graph::StackKind::kMobile, 1, 8, 5, {64, 64, 3}, false});
  std::vector<std::vector<float>> values_;
};

TEST_F(Import, EveryConventionIsRecognised) {
  for (const Convention convention :
       {Convention::kSlim, Convention::kCadeneMobile, Convention::kTorch, Convention::kKeras}) {
    const auto file = open_weight_file(write(convention));
    const Recognised found = recognise(*file, hints());
    EXPECT_EQ(found.convention, convention);
    EXPECT_EQ(found.stack.classes, 5);
    import_weights(*file, "in", graph_, found, path("out.safetensors"));
    const SafetensorsFile out(path("out.safetensors"));
    for (size_t t = 0; t < graph_.parameters.size(); ++t) {
      const TensorEntry* entry = out.find(graph_.parameters[t].name);
      ASSERT_NE(entry, nullptr);
      EXPECT_EQ(entry->shape, graph_.parameters[t].shape);
      EXPECT_EQ(out.bytes(*entry), bytes(values_[t]));
    }
  }
}

TEST_F(Import, FaultsAreNamedAndNothingIsWritten) {
  const std::vector<float> three(3, 0.0f);
  const std::string what = refusal(write(Convention::kSlim, [&](std::vector<TensorBytes>& tensors) {
    for (TensorBytes& tensor : tensors) {
      if (tensor.name == "cell_0/beginning_bn/gamma") tensor.name = "cell_0/surplus";
      if (tensor.name == "cell_0/beginning_bn/beta") {
        tensor.shape = {3};
        tensor.bytes = bytes(three);
      }
    }
  }));
  EXPECT_NE(what.find("nothing was imported"), std::string::npos) << what;
  EXPECT_NE(what.find("cell_0/surplus is not wanted"), std::string::npos);
  EXPECT_NE(what.find("cell_0/beginning_bn/gamma is missing"), std::string::npos);
  EXPECT_NE(what.find("cell_0/beginning_bn/beta has shape [3], not [8]"), std::string::npos);
  EXPECT_EQ(what.find('\n'), std::string::npos);
  EXPECT_FALSE(fs::exists(path("out.safetensors")));
}

TEST_F(Import, OfManyFaultsThreeAreNamed) {
  size_t spoilt = 0;
  const std::string what = refusal(write(Convention::kSlim, [&](std::vector<TensorBytes>& tensors) {
    for (TensorBytes& tensor : tensors) {
      if (!tensor.name.ends_with("gamma")) continue;
      tensor.dtype = "I32";
      ++spoilt;
    }
  }));
  EXPECT_NE(what.find("is of type 'I32', no float"), std::string::npos) << what;
  EXPECT_NE(what.find("; and " + std::to_string(spoilt - 3) + " more"), std::string::npos) << what;
  EXPECT_LT(what.size(), 500u);
}

TEST_F(Import, ValuesThatAreNotFiniteAreListed) {
  const std::vector<float> nan(8, NAN), infinite(8, INFINITY);
  const std::string what = refusal(write(Convention::kSlim, [&](std::vector<TensorBytes>& tensors) {
    for (TensorBytes& tensor : tensors) {
      if (tensor.name == "cell_0/beginning_bn/gamma") tensor.bytes = bytes(nan);
      if (tensor.name == "cell_0/beginning_bn/beta") tensor.bytes = bytes(infinite);
    }
  }));
  EXPECT_NE(what.find("cell_0/beginning_bn/gamma holds values that are not finite"),
            std::string::npos)
      << what;
  EXPECT_NE(what.find("cell_0/beginning_bn/beta holds values that are not finite"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(path("out.safetensors")));
}

TEST_F(Import, RunningVariancesBelowZeroAreRefused) {
  std::vector<float> negative(8, 1.0f);
  negative[5] = -0.25f;
  const std::string what = refusal(write(Convention::kSlim, [&](std::vector<TensorBytes>& tensors) {
    for (TensorBytes& tensor : tensors)
      if (tensor.name == "cell_0/beginning_bn/moving_variance") tensor.bytes = bytes(negative);
  }));
  EXPECT_NE(what.find("cell_0/beginning_bn/moving_variance holds a running variance below zero "
                      "(-0.25)"),
            std::string::npos)
      << what;
  EXPECT_FALSE(fs::exists(path("out.safetensors")));
}

TEST_F(Import, WrappersPrefixesAreNoPartOfTheNames) {
  for (const char* prefix : {"module.", "state_dict.model._orig_mod.", "net/encoder.backbone."}) {
    const std::string file =
        write(Convention::kCadeneMobile, [&](std::vector<TensorBytes>& tensors) {
          for (TensorBytes& tensor : tensors) tensor.name = prefix + tensor.name;
        });
    EXPECT_EQ(refusal(file), "") << prefix;
  }
}

/// Twice the small network's weights, the second time behind a prefix and 1 larger.
class TwoSets : public Import {
 protected:
  std::string write_two(const std::string& prefix) {
    return write(Convention::kSlim, [&](std::vector<TensorBytes>& tensors) {
      const size_t count = tensors.size();
      for (size_t t = 0; t < count; ++t) {
        larger_.push_back(values_[t]);
        for (float& value : larger_.back()) value += 1;
        tensors.push_back({prefix + tensors[t].name, "F32", tensors[t].shape, bytes(larger_[t])});
      }
    });
  }
  /// The first value of the stem that a choice of weights leads to.
  float first(const std::string& file, const std::string& weights) {
    ImportHints wanted = hints();
    wanted.weights = weights;
    const auto opened = open_weight_file(file);
    const Recognised found = recognise(*opened, wanted);
    import_weights(*opened, file, graph_, found, path("out.safetensors"));
    const SafetensorsFile out(path("out.safetensors"));
    float value = 0;
    std::memcpy(&value, out.bytes(*out.find(graph_.parameters[0].name)).data(), sizeof(value));
    return value;
  }

  std::deque<std::vector<float>> larger_;
};

TEST_F(TwoSets, TheAverageIsTakenUnlessToldOtherwise) {
  for (const char* prefix : {"state_dict_ema.", "model_ema/module/", "EMACallback.net."}) {
    const std::string file = write_two(prefix);
    EXPECT_EQ(first(file, ""), 1.0f) << prefix;
    EXPECT_EQ(first(file, "ema"), 1.0f) << prefix;
    EXPECT_EQ(first(file, "raw"), 0.0f) << prefix;
    larger_.clear();
  }
}

TEST_F(TwoSets, WhichAreNoAverageMustBeNamed) {
  const std::string file = write_two("schema.");  // a word that only ends in ema
  EXPECT_THROW(first(file, ""), InputError);
  EXPECT_THROW(first(file, "ema"), InputError);
  EXPECT_EQ(first(file, "schema"), 1.0f);
}

TEST_F(Import, PoolingIsThatOfTheNames) {
  const auto pooling = [&](Convention convention) {
    return recognise(*open_weight_file(write(convention)), hints()).stack.pooling;
  };
  EXPECT_EQ(pooling(Convention::kSlim), graph::Pooling::kSlim);
  EXPECT_EQ(pooling(Convention::kCadeneMobile), graph::Pooling::kSlim);
  EXPECT_EQ(pooling(Convention::kKeras), graph::Pooling::kKeras);
  // timm's names are Cadene's: the choice is said.
  const Recognised found = recognise(*open_weight_file(write(Convention::kTorch)), hints());
  EXPECT_EQ(found.stack.pooling, graph::Pooling::kSlim);
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("--pooling timm"), std::string::npos) << found.notes[0];
  ImportHints asked = hints();
  asked.pooling = graph::Pooling::kTimm;
  const auto file = open_weight_file(write(Convention::kTorch));
  EXPECT_EQ(recognise(*file, asked).stack.pooling, graph::Pooling::kTimm);
  EXPECT_TRUE(recognise(*file, asked).notes.empty());
}

TEST_F(Import, FeaturesAloneAreRefused) {
  const std::string what = refusal(write(Convention::kSlim, [](std::vector<TensorBytes>& tensors) {
    std::erase_if(
        tensors, [](const TensorBytes& tensor) { return tensor.name.starts_with("final_layer/"); });
  }));
  EXPECT_NE(what.find("no classifier"), std::string::npos) << what;
}

TEST_F(Import, AClassifierOfAnotherNameIsFoundByItsShape) {
  const auto file =
      open_weight_file(write(Convention::kSlim, [](std::vector<TensorBytes>& tensors) {
        for (TensorBytes& tensor : tensors) {
          if (tensor.name == "final_layer/FC/weights") tensor.name = "dense_1/kernel";
          if (tensor.name == "final_layer/FC/biases") tensor.name = "dense_1/bias";
        }
      }));
  const Recognised found = recognise(*file, hints());
  EXPECT_EQ(found.stack.classes, 5);
  EXPECT_TRUE(found.surplus.empty());
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_EQ(found.notes[0], "the classifier is dense_1/kernel");
}

TEST_F(Import, StrangersAreRefused) {
  const std::vector<float> values(4, 1.0f);
  write_safetensors(path("other.safetensors"), {{"conv1.weight", "F32", {4}, bytes(values)}});
  EXPECT_NE(refusal(path("other.safetensors")).find("too few have a name"), std::string::npos);
  write_file(path("cut.h5"), "\x89HDF\r\n\x1a\n");
  EXPECT_NE(refusal(path("cut.h5")).find("HDF5"), std::string::npos);
  write_file(path("cut.pth"), "PK\x03\x04");
  EXPECT_NE(refusal(path("cut.pth")), "");
  // A header of absurd length must not be allocated.
  write_file(path("long.safetensors"), std::string("\xff\xff\xff\xff\xff\xff\x00\x00{", 9));
  EXPECT_NE(refusal(path("long.safetensors")).find("header claims"), std::string::npos);
}

TEST(NumberTypes, ConvertToFloat32) {
  const auto floats = [](const char* type, std::initializer_list<int> bytes) {
    std::string text;
    for (const int byte : bytes) text.push_back(static_cast<char>(byte));
    return to_floats(type, text);
  };
  EXPECT_EQ(floats("F16", {0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b}),
            (std::vector<float>{1.0f, -2.0f, 0x1p-24f, 65504.0f}));
  EXPECT_TRUE(std::isinf(floats("F16", {0x00, 0x7c})[0]));
  EXPECT_TRUE(std::isnan(floats("F16", {0x01, 0x7c})[0]));
  EXPECT_EQ(floats("BF16", {0x80, 0x3f, 0x20, 0xc1}), (std::vector<float>{1.0f, -10.0f}));
  EXPECT_EQ(floats("F64", {0, 0, 0, 0, 0, 0, 0xf8, 0x3f}), (std::vector<float>{1.5f}));
}

}  // namespace
}  // namespace nasnet::exchange
