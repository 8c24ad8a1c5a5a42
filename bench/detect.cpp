// Operators of detection beside torchvision's, in one run: processor time of one thread, medians.
//
//   bench_detect [--json] [PYTHON]
//
// PYTHON: an interpreter that has torchvision; without it only our own times are printed.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/processor_time.h"
#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/boxes/match.h"
#include "nasnet/boxes/nms.h"
#include "nasnet/kernels/roi_align.h"

namespace {

using namespace nasnet;
using boxes::Box;

constexpr int kRuns = 9;
constexpr float kEdge = 608;  // pixels of a square image, 38 x 38 places at stride 16

Box around(float x, float y, float width, float height) {
  return clip(Box{x - width / 2, y - height / 2, x + width / 2, y + height / 2}, kEdge, kEdge);
}

/// Sizes from 10 to 245 pixels, evenly in their logarithm, anywhere.
std::vector<Box> scattered(int count, const std::string& purpose) {
  Random random(1, static_cast<uint64_t>(count), purpose);
  const auto uniform = [&] { return static_cast<float>(random.uniform()); };
  std::vector<Box> list;
  for (int k = 0; k < count; ++k) {
    const float x = uniform() * kEdge, y = uniform() * kEdge;
    const float width = std::exp(uniform() * 3.2F) * 10, height = std::exp(uniform() * 3.2F) * 10;
    list.push_back(around(x, y, width, height));
  }
  return list;
}

/// About sixty objects, as a network proposes them.
std::vector<Box> clustered(int count) {
  Random random(1, static_cast<uint64_t>(count), "clustered");
  const auto uniform = [&] { return static_cast<float>(random.uniform()); };
  const auto normal = [&] { return static_cast<float>(random.normal()); };
  struct Object {
    float x, y, width, height;
  };
  std::vector<Object> objects(60);
  for (Object& object : objects)
    object = {uniform() * kEdge, uniform() * kEdge, std::exp(uniform() * 2.5F) * 20,
              std::exp(uniform() * 2.5F) * 20};
  std::vector<Box> list;
  for (int k = 0; k < count; ++k) {
    const Object& object = objects[random.below(60)];
    list.push_back(around(
        object.x + normal() * 0.12F * object.width, object.y + normal() * 0.12F * object.height,
        object.width * std::exp(normal() * 0.15F), object.height * std::exp(normal() * 0.15F)));
  }
  return list;
}

/// Milliseconds.
double time_of(const std::function<void()>& work) {
  work();
  std::vector<double> times;
  for (int run = 0; run < kRuns; ++run) {
    const double begin = bench::seconds(true);
    work();
    times.push_back(1e3 * (bench::seconds(true) - begin));
  }
  return bench::median(times);
}

/// Boxes that both sides read, written for the other one.
class Inputs {
 public:
  Inputs() : folder_(std::filesystem::temp_directory_path() / "nasnet-bench-detect") {
    std::filesystem::create_directories(folder_);
  }
  ~Inputs() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  template <class T>
  const std::vector<T>& share(const std::string& name, const std::vector<T>& values) {
    write_file(folder_ / name,
               {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
    return values;
  }
  std::string folder() const { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};

std::map<std::string, double> time_torchvision(const std::string& python, const Inputs& inputs) {
  std::map<std::string, double> times;
  const std::string command =
      fmt::format("{} bench/torchvision_times.py {} {}", python, inputs.folder(), kRuns);
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return times;
  char name[64];
  double value = 0;
  while (std::fscanf(pipe, "%63s %lf", name, &value) == 2) times[name] = value;
  ::pclose(pipe);
  return times;
}

/// Names and times in the order in which they were taken.
using Rows = std::vector<std::pair<std::string, double>>;

void time_roi_align(Inputs& inputs, Rows& rows) {
  kernels::RoiAlignShape shape{
      .channels = 512, .height = 38, .width = 38, .scale_y = 1.0F / 16, .scale_x = 1.0F / 16};
  Random random(1, 0, "map");
  std::vector<float> map(size_t{38} * 38 * 512), gradient(map.size());
  for (float& value : map) value = static_cast<float>(random.normal());
  for (const int count : {300, 1000}) {
    const std::vector<Box> list =
        inputs.share(fmt::format("rois_{}", count), scattered(count, "rois"));
    std::vector<float> out(static_cast<size_t>(count) * 49 * 512);
    const auto each = [&](auto work) {
      for (size_t k = 0; k < list.size(); ++k)
        work(kernels::Roi{list[k].x0, list[k].y0, list[k].x1, list[k].y1},
             out.data() + k * 49 * 512);
    };
    for (const int samples : {2, 0}) {
      shape.samples = samples;
      rows.emplace_back(fmt::format("roi_align_{}_{}", count, samples), time_of([&] {
                          each([&](const kernels::Roi& roi, float* result) {
                            kernels::roi_align({map.data(), 512}, shape, roi, {result, 512});
                          });
                        }));
    }
    shape.samples = 2;
    rows.emplace_back(
        fmt::format("roi_align_gradient_{}", count), time_of([&] {
          std::fill(gradient.begin(), gradient.end(), 0.0F);
          each([&](const kernels::Roi& roi, const float* above) {
            kernels::roi_align_gradient({above, 512}, shape, roi, {gradient.data(), 512});
          });
        }));
  }
}

void time_suppression(Inputs& inputs, Rows& rows) {
  Random random(1, 0, "scores");
  std::vector<float> scores(12000);
  for (float& score : scores) score = static_cast<float>(random.uniform());
  inputs.share("scores", scores);
  for (const int count : {2000, 12000}) {
    const std::span<const float> some = std::span(scores).first(static_cast<size_t>(count));
    for (const char* kind : {"clustered", "scattered"}) {
      const bool dense = std::strcmp(kind, "clustered") == 0;
      const std::vector<Box> list = inputs.share(
          fmt::format("{}_{}", kind, count), dense ? clustered(count) : scattered(count, "nms"));
      rows.emplace_back(fmt::format("nms_{}_{}", kind, count),
                        time_of([&] { boxes::nms(list, some, 0.7, count); }));
    }
  }
  const std::vector<Box> list = inputs.share("clustered_8000", clustered(8000));
  std::vector<int> classes;
  for (int k = 0; k < 8000; ++k) classes.push_back(k % 80);
  rows.emplace_back("nms_by_class_8000", time_of([&] {
                      boxes::nms_by_class(list, std::span(scores).first(8000), classes, 0.5, 8000);
                    }));
}

void time_matching(Inputs& inputs, Rows& rows) {
  const std::vector<Box> anchors = inputs.share("anchors", scattered(17328, "anchors"));
  for (const int count : {20, 500}) {
    const std::vector<Box> objects =
        inputs.share(fmt::format("objects_{}", count), scattered(count, "objects"));
    rows.emplace_back(fmt::format("match_{}", count),
                      time_of([&] { boxes::match(anchors, objects, {}, {}); }));
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::string python;
  for (int k = 1; k < argc; ++k) {
    if (std::strcmp(argv[k], "--json") == 0) {
      json = true;
    } else {
      python = argv[k];
    }
  }
  Inputs inputs;
  Rows rows;
  time_roi_align(inputs, rows);
  time_suppression(inputs, rows);
  time_matching(inputs, rows);
  const std::map<std::string, double> theirs =
      python.empty() ? std::map<std::string, double>{} : time_torchvision(python, inputs);
  if (!json)
    fmt::print("{:<28} {:>9} {:>15} {:>7}\n", "operator", "ours, ms", "torchvision, ms", "ratio");
  for (const auto& [name, ours] : rows) {
    const auto found = theirs.find(name);
    const std::string other = found == theirs.end() ? "-" : fmt::format("{:.2f}", found->second);
    const std::string ratio =
        found == theirs.end() ? "-" : fmt::format("{:.1f}", found->second / ours);
    if (json) {
      fmt::print("{{\"name\": \"{}\", \"ms\": {:.3f}, \"torchvision_ms\": {}, \"ratio\": {}}}\n",
                 name, ours, other == "-" ? "null" : other, ratio == "-" ? "null" : ratio);
    } else {
      fmt::print("{:<28} {:>9.2f} {:>15} {:>7}\n", name, ours, other, ratio);
    }
  }
}
