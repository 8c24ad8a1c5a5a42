#include "nasnet/detect/detector_onnx.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "tests/detect/golden_detector.h"
#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

namespace fs = std::filesystem;

/// An image as files read it: normalised, channels first.
struct Pixels {
  int height = 0, width = 0;
  std::vector<float> values;
};

Pixels noise(int height, int width, uint64_t seed) {
  Pixels image{height, width, std::vector<float>(static_cast<size_t>(3 * height * width))};
  Random random(seed, 0, "pixels");
  for (float& value : image.values) value = static_cast<float>(random.normal());
  return image;
}

Pixels flat(int height, int width, float value) {
  return {height, width, std::vector<float>(static_cast<size_t>(3 * height * width), value)};
}

/// Objects that the program finds in the image, on a canvas of its own.
std::vector<Detected> found_by(Detector& detector, const Pixels& image) {
  const auto [height, width] = canvas_of({image.height, image.width});
  std::vector<float> canvas(static_cast<size_t>(3 * height * width));
  for (int row = 0; row < 3 * image.height; ++row)
    std::copy_n(
        image.values.begin() + int64_t{row} * image.width, image.width,
        canvas.begin() + (int64_t{row / image.height} * height + row % image.height) * width);
  ImageBatch batch{Tensor({1, 3, height, width}), {{image.height, image.width}}};
  batch.images.set_row_major(canvas);
  return detector.detect(batch)[0];
}

std::vector<Detected> found_by(const exchange::OnnxModel& model, const Pixels& image) {
  exchange::OnnxTensors results = exchange::evaluate_onnx(
      model, {{"images", {{1, 3, image.height, image.width}, image.values, {}, false}}},
      {"boxes", "scores", "labels"});
  std::vector<Detected> found;
  const std::vector<float>& boxes = results["boxes"].floats;
  for (size_t k = 0; k < results["scores"].floats.size(); ++k)
    found.push_back({{boxes[4 * k], boxes[4 * k + 1], boxes[4 * k + 2], boxes[4 * k + 3]},
                     static_cast<int>(results["labels"].integers[k]),
                     results["scores"].floats[k]});
  return found;
}

bool same(const Detected& a, const Detected& b) {
  const auto near = [](float x, float y) { return std::abs(x - y) <= 1e-2F; };
  return a.label == b.label && std::abs(a.score - b.score) <= 1e-4F && near(a.box.x0, b.box.x0) &&
         near(a.box.y0, b.box.y0) && near(a.box.x1, b.box.x1) && near(a.box.y1, b.box.y1);
}

/// The same objects, the best first; of those whose scores are equal but for rounding any first.
void expect_same(std::vector<Detected> found, const std::vector<Detected>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t k = 1; k < found.size(); ++k) EXPECT_LE(found[k].score, found[k - 1].score);
  for (const Detected& one : expected) {
    const auto at = std::ranges::find_if(found, [&](const Detected& d) { return same(d, one); });
    ASSERT_NE(at, found.end()) << fmt::format("class {}, score {}: {} {} {} {}", one.label,
                                              one.score, one.box.x0, one.box.y0, one.box.x1,
                                              one.box.y1);
    found.erase(at);
  }
}

/// Of sizes that are multiples of 32 and of others, one of a single colour.
std::vector<Pixels> images() {
  return {noise(96, 128, 1), noise(128, 64, 2), noise(61, 90, 3), noise(37, 33, 4),
          flat(70, 101, 0.5F)};
}

void expect_evaluates(Detector& detector, const exchange::OnnxOptions& options = {}) {
  const exchange::OnnxModel model =
      exchange::read_onnx(exchange::write_onnx(make_detector_onnx(detector, options).model), "x");
  for (const Pixels& image : images()) {
    SCOPED_TRACE(fmt::format("{} x {}", image.height, image.width));
    expect_same(found_by(model, image), found_by(detector, image));
  }
}

class GoldenExport : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kGoldenDetectors))
      GTEST_SKIP() << "../shared/data/detection is not there";
  }
};

TEST_P(GoldenExport, FindsWhatTheDetectorFinds) {
  const std::unique_ptr<Detector> detector = GoldenDetector(GetParam()).make();
  EXPECT_GT(found_by(*detector, images()[0]).size(), 5);
  expect_evaluates(*detector);
}

/// A detector of golden weights with other settings of proposals or detections.
std::unique_ptr<Detector> golden_with(const std::string& kind,
                                      const std::function<void(DetectorSettings&)>& change) {
  const GoldenDetector golden(kind);
  const std::unique_ptr<Detector> original = golden.make();
  DetectorSettings settings = golden.settings();
  change(settings);
  auto detector = std::make_unique<Detector>(
      [golden](const graph::Shape& canvas) { return golden.dense(canvas); },
      make_head(original->head().graph.settings.input.channels, 24, 3), 3, settings,
      network::Computation{.threads = 1}, 1);
  detector->tensors() = original->tensors();
  return detector;
}

std::unique_ptr<Detector> without_proposals(const std::string& kind) {
  return golden_with(kind, [](DetectorSettings& settings) { settings.proposals.smallest = 1e4F; });
}

std::unique_ptr<Detector> without_detections(const std::string& kind) {
  return golden_with(kind, [](DetectorSettings& settings) { settings.detections.score = 1; });
}

TEST_P(GoldenExport, FindsNothingWithoutAnError) {
  for (const auto& detector : {without_proposals(GetParam()), without_detections(GetParam())}) {
    const exchange::OnnxModel model = make_detector_onnx(*detector, {}).model;
    for (const Pixels& image : images()) EXPECT_TRUE(found_by(model, image).empty());
  }
}

TEST(DetectorOnnx, FindsTheSameWhereClassesSuppressEachOther) {
  expect_evaluates(*small_detector(Neck::kSingle, 1, BatchNorm::kLearned, NmsClasses::kAll));
}

INSTANTIATE_TEST_SUITE_P(Detectors, GoldenExport, testing::Values("single", "fpn"));

// --- ONNX Runtime and the checker of the onnx package ---

class SlowDetectorInOnnxRuntime : public testing::Test {
 protected:
  void SetUp() override {
    python_ = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
    if (std::system((python_ + " -c 'import onnx, onnxruntime' 2>/dev/null").c_str()) != 0)
      GTEST_SKIP() << "ONNX Runtime is not there; scripts/oracles installs it";
    folder_ = fs::temp_directory_path() / fmt::format("nasnet-detector-{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void expect_finds(Detector& detector, const std::vector<Pixels>& images,
                    const exchange::OnnxOptions& options = {}) {
    data::ImageSize size;
    if (options.fixed_size) size = {images[0].height, images[0].width};
    write_file(folder_ / "model.onnx",
               exchange::write_onnx(make_detector_onnx(detector, options, size).model));
    std::string command =
        fmt::format("{} {}/tests/detect/run_detector.py {} {}", python_, NASNET_SOURCE_DIR,
                    (folder_ / "model.onnx").string(), (folder_ / "found.f32").string());
    for (size_t n = 0; n < images.size(); ++n) {
      const fs::path file = folder_ / fmt::format("{}.f32", n);
      const std::vector<float>& values = images[n].values;
      write_file(file, {reinterpret_cast<const char*>(values.data()), values.size() * 4});
      command += fmt::format(" {} {} {}", file.string(), images[n].height, images[n].width);
    }
    ASSERT_EQ(std::system(command.c_str()), 0);
    const std::string bytes = read_file(folder_ / "found.f32");
    std::vector<float> rows(bytes.size() / 4);
    std::memcpy(rows.data(), bytes.data(), bytes.size());
    auto at = rows.begin();
    for (const Pixels& image : images) {
      SCOPED_TRACE(fmt::format("{} x {}", image.height, image.width));
      std::vector<Detected> found(static_cast<size_t>(*at++));
      for (Detected& one : found) {
        one = {{at[0], at[1], at[2], at[3]}, static_cast<int>(at[5]), at[4]};
        at += 6;
      }
      expect_same(found, found_by(detector, image));
    }
  }

  fs::path folder_;
  std::string python_;
};

TEST_F(SlowDetectorInOnnxRuntime, FindsWhatTheGoldenDetectorsFind) {
  if (!fs::exists(kGoldenDetectors)) GTEST_SKIP() << "../shared/data/detection is not there";
  for (const char* kind : {"single", "fpn"}) {
    SCOPED_TRACE(kind);
    const std::unique_ptr<Detector> detector = GoldenDetector(kind).make();
    expect_finds(*detector, images());
    expect_finds(*detector, images(), {.opset = 16, .fold_batch_norm = true});
    expect_finds(*detector, {noise(61, 90, 3)}, {.fixed_size = true});
    expect_finds(*without_proposals(kind), images());
    expect_finds(*without_detections(kind), images());
  }
}

TEST_F(SlowDetectorInOnnxRuntime, FindsWhatDetectorsOnSearchedCellsFind) {
  for (const Neck neck : {Neck::kPyramid, Neck::kSingle}) {
    expect_finds(*small_detector(neck, 1), images());
    expect_finds(*small_detector(neck, 1), images(), {.fold_batch_norm = true});
    expect_finds(*small_detector(neck, 1), {noise(90, 61, 5)}, {.fixed_size = true});
  }
  expect_finds(*paper_detector(1), images());
  expect_finds(*small_detector(Neck::kPyramid, 1, BatchNorm::kLearned, NmsClasses::kAll), images());
}

TEST_F(SlowDetectorInOnnxRuntime, FindsNothingWhereThePapersHeadHasNoProposals) {
  // With additions that are normalised: no operator of any genotype may mind that.
  const space::Genotype genotype = space::named_genotype("nasnet-c");
  BackboneSettings backbone;
  backbone.stack = graph::stack_settings(graph::StackKind::kMobile);
  backbone.stack.cells = 1;
  backbone.stack.filters = 8;
  backbone.anchors_per_place = 12;
  DetectorSettings settings = paper_settings();
  settings.proposals.smallest = 1e4F;
  Detector detector(
      [=](const graph::Shape& canvas) { return make_paper_dense(genotype, backbone, canvas); },
      make_paper_head(genotype, backbone, settings.regions.edge, 2), 2, settings,
      network::Computation{.threads = 1}, 3);
  expect_finds(detector, {noise(61, 90, 3)});
}

}  // namespace
}  // namespace nasnet::detect
