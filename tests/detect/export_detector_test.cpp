#include "nasnet/detect/export_detector.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "tests/detect/golden_detector.h"
#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

const DetectorFacts kFacts = {.normalization = kNormalization,
                              .resize = {240, 320},
                              .classes = {"red", "gr\u00fcn"},
                              .categories = {7, 1LL << 33},
                              .genotype = "nasnet-a"};

class ExportDetector : public testing::Test {
 protected:
  ExportDetector()
      : file_(std::filesystem::temp_directory_path() /
              ("nasnet-export-detector-" + std::to_string(::getpid()) + ".onnx")) {}
  ~ExportDetector() override { std::filesystem::remove(file_); }

  const std::filesystem::path file_;
};

TEST_F(ExportDetector, WritesUntrainedDetectorsAfterComparingThem) {
  for (const Neck neck : {Neck::kPyramid, Neck::kSingle}) {
    const ExportedDetector exported =
        export_detector(*small_detector(neck, 1), kFacts, file_, {.fold_batch_norm = true});
    EXPECT_EQ(exported.bytes, static_cast<int64_t>(std::filesystem::file_size(file_)));
    EXPECT_GT(exported.nodes, 100);
    EXPECT_GT(exported.regions, 10);
    EXPECT_GT(exported.detections, 10);
    EXPECT_LE(exported.box_difference, 1e-2);
    EXPECT_LE(exported.score_difference, 1e-4);
  }
}

TEST_F(ExportDetector, WritesThePapersHead) {
  const ExportedDetector exported = export_detector(*paper_detector(1), kFacts, file_, {});
  EXPECT_GT(exported.detections, 10);
}

TEST_F(ExportDetector, TellsWhatAProgramMustKnow) {
  export_detector(*small_detector(Neck::kSingle, 1), kFacts, file_, {.opset = 16});
  const exchange::OnnxModel model = exchange::read_onnx(read_file(file_), "file");
  EXPECT_EQ(model.opset, 16);
  EXPECT_EQ(model.metadata.at("classes"), R"(["red","gr\u00fcn"])");
  EXPECT_EQ(model.metadata.at("categories"), "[7,8589934592]");
  EXPECT_EQ(model.metadata.at("mean"), "0.4,0.4,0.4");
  EXPECT_EQ(model.metadata.at("shortest_edge"), "240");
  EXPECT_EQ(model.metadata.at("longest_edge"), "320");
}

TEST_F(ExportDetector, RefusesOpsetsWithoutHalfPixels) {
  for (const int opset : {15, 18})
    EXPECT_THROW(
        export_detector(*small_detector(Neck::kSingle, 1), kFacts, file_, {.opset = opset}),
        InputError);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(ExportDetector, DoesNotWriteADetectorOfNoNumbers) {
  const auto detector = small_detector(Neck::kSingle, 1);
  detector->tensors()[0].change()[0] = std::nanf("");
  EXPECT_THROW(export_detector(*detector, kFacts, file_, {}), NotANumber);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(ExportDetector, OfFixedSizeTakesThatSizeAlone) {
  export_detector(*small_detector(Neck::kSingle, 1), kFacts, file_, {.fixed_size = true},
                  {70, 100});
  const exchange::OnnxModel model = exchange::read_onnx(read_file(file_), "file");
  EXPECT_EQ(model.inputs[0].shape[2].size, 70);
  EXPECT_EQ(model.inputs[0].shape[3].size, 100);
}

}  // namespace
}  // namespace nasnet::detect
