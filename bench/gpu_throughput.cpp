// Images a second of training steps and of inference for the published networks, in float32 and
// bf16, on a CUDA device; writes them to FOLDER/DEVICE-NAME.json as well. Run by scripts/gpu-check.
//
//   bench_gpu_throughput FOLDER          on the GPU
//   bench_gpu_throughput FOLDER --cpu    the same program with tiny networks, to test it
//   ... --cudnn-benchmark                cuDNN times its algorithms instead of guessing

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/processors.h"
#include "nasnet/graph/build.h"
#include "nasnet/libtorch/backend.h"
#include "nasnet/libtorch/optimizer.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/recipe.h"
#include "nasnet/train/trainer.h"

namespace {

using namespace nasnet;
using Clock = std::chrono::steady_clock;

struct Case {
  const char* name;
  graph::StackSettings stack;
  std::vector<int64_t> training, inference;  // batches
};

/// NASNet-A as the paper trains its children, and as published for ImageNet.
std::vector<Case> cases(bool tiny) {
  if (tiny)
    return {{"cifar N=1 F=4, 16x16",
             {graph::StackKind::kCifar, 1, 4, 10, {16, 16, 3}, false},
             {4},
             {4, 8}},
            {"mobile N=1 F=4, 64x64",
             {graph::StackKind::kMobile, 1, 4, 10, {64, 64, 3}, true},
             {2},
             {2}}};
  graph::StackSettings mobile = graph::stack_settings(graph::StackKind::kMobile);
  graph::StackSettings large = graph::stack_settings(graph::StackKind::kLarge);
  mobile.auxiliary_head = large.auxiliary_head = true;
  return {{"cifar N=2 F=32",
           {graph::StackKind::kCifar, 2, 32, 10, {32, 32, 3}, false},
           {64, 256},
           {64, 256}},
          {"mobile", mobile, {32}, {64}},
          {"large", large, {8, 16}, {8, 16}}};
}

/// The name that the driver gives the first visible device. Asked of the driver itself, so that
/// building this needs no CUDA headers.
std::string device_name(c10::Device device) {
  if (device.is_cpu()) return "cpu";
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY);
  if (!driver) return "cuda";
  const auto init = reinterpret_cast<int (*)(unsigned)>(::dlsym(driver, "cuInit"));
  const auto get = reinterpret_cast<int (*)(int*, int)>(::dlsym(driver, "cuDeviceGet"));
  const auto name = reinterpret_cast<int (*)(char*, int, int)>(::dlsym(driver, "cuDeviceGetName"));
  int handle = 0;
  char text[256] = "";
  if (!init || !get || !name || init(0) != 0 || get(&handle, device.index()) != 0 ||
      name(text, sizeof text, handle) != 0)
    return "cuda";
  return text;
}

struct Rate {
  double images = 0;  ///< a second, median of the windows
  double low = 0, high = 0;
};

/// Median over windows of enough steps to last `seconds`, after a warm-up of as long.
/// Waits until all work given to the device so far is done.
void synchronize(c10::Device device) {
  if (!device.is_cuda()) return;
  const c10::impl::VirtualGuardImpl cuda(c10::kCUDA);
  cuda.synchronizeStream(cuda.getStream(device));
}

Rate measure(c10::Device device, int64_t batch, double seconds, const std::function<void()>& step) {
  constexpr int kWindows = 5;
  const auto time = [&](int64_t steps) {
    synchronize(device);
    const Clock::time_point begin = Clock::now();
    for (int64_t i = 0; i < steps; ++i) step();
    synchronize(device);
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  time(3);  // allocates, loads kernels
  int64_t steps = 1;
  for (double last; (last = time(steps)) < seconds;)
    steps = std::max(steps + 1, static_cast<int64_t>(1.1 * steps * seconds / last));
  std::vector<double> rates;
  for (int i = 0; i < kWindows; ++i)
    rates.push_back(static_cast<double>(steps * batch) / time(steps));
  std::sort(rates.begin(), rates.end());
  return {rates[kWindows / 2], rates.front(), rates.back()};
}

/// One training step as the trainer makes it, but for the batch, which lies on the device already.
Rate training(const Case& c, int64_t batch, c10::Device device, network::Precision precision,
              double seconds) {
  libtorch::Module network(graph::build(space::named_genotype("nasnet-a"), c.stack), 1, device);
  network.set_precision(precision);
  libtorch::Optimizer optimizer(network, train::learning_rule({}, {}, network.graph()));
  const graph::Shape& in = c.stack.input;
  const at::Tensor images = at::randn({batch, in.channels, in.height, in.width})
                                .to(device)
                                .contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor labels = at::randint(c.stack.classes, {batch}, c10::kLong).to(device);
  network::Pass pass;
  pass.training = true;
  pass.progress = 0.5;
  pass.drop_path_keep =
      train::recipe_settings(*from_text<train::TrainRecipe>(to_text(c.stack.stack)))
          .training.drop_path_keep;
  return measure(device, batch, seconds, [&] {
    const libtorch::Outputs outputs = network.forward(images, pass);
    at::Tensor loss = at::cross_entropy_loss(outputs.logits, labels);
    if (outputs.auxiliary_logits.defined())
      loss = loss.add(at::cross_entropy_loss(outputs.auxiliary_logits, labels), 0.4);
    loss.backward();
    optimizer.step(1e-4, ++pass.step);
  });
}

Rate inference(const Case& c, int64_t batch, c10::Device device, network::Precision precision,
               double seconds) {
  const c10::InferenceMode no_gradients;
  libtorch::Module network(graph::build(space::named_genotype("nasnet-a"), c.stack), 1, device);
  network.set_precision(precision);
  const graph::Shape& in = c.stack.input;
  const at::Tensor images = at::randn({batch, in.channels, in.height, in.width})
                                .to(device)
                                .contiguous(at::MemoryFormat::ChannelsLast);
  return measure(device, batch, seconds, [&] { network.forward(images); });
}

std::string file_name(std::string name) {
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.') c = '-';
  return name + ".json";
}

void run(const std::filesystem::path& folder, bool cpu, bool cudnn_benchmark) {
  if (!cpu && libtorch::backend()->cuda_devices() == 0)
    throw SystemError("there is no CUDA device; --cpu measures on the processor");
  const c10::Device device(cpu ? "cpu" : "cuda");
  // Tiny operators only wait for each other's threads.
  libtorch::set_up_process(cpu ? 1 : usable_cores());
  at::globalContext().setBenchmarkCuDNN(cudnn_benchmark);
  const std::string name = device_name(device);
  const double seconds = cpu ? 0.02 : 1.0;
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  fmt::print("{}, libtorch {}; images a second, median of 5 windows (lowest to highest)\n", name,
             TORCH_VERSION);
  const auto row = [&](const Case& c, const char* what, int64_t batch, bool bf16,
                       const auto& measured) {
    nlohmann::ordered_json entry = {{"network", c.name},
                                    {"what", what},
                                    {"batch", batch},
                                    {"precision", bf16 ? "bf16" : "float32"}};
    try {
      const Rate rate =
          measured(c, batch, device,
                   bf16 ? network::Precision::kBf16 : network::Precision::kFloat32, seconds);
      fmt::print("{:<22} {:<9} batch {:>3} {:<7} {:>10.1f} ({:.1f} to {:.1f})\n", c.name, what,
                 batch, bf16 ? "bf16" : "float32", rate.images, rate.low, rate.high);
      entry["images_per_second"] = rate.images;
      entry["lowest"] = rate.low;
      entry["highest"] = rate.high;
    } catch (const c10::OutOfMemoryError&) {
      fmt::print("{:<22} {:<9} batch {:>3} {:<7} out of memory\n", c.name, what, batch,
                 bf16 ? "bf16" : "float32");
      entry["images_per_second"] = nullptr;
    }
    std::fflush(stdout);
    rows.push_back(std::move(entry));
  };
  for (const Case& c : cases(cpu)) {
    for (const bool bf16 : {false, true}) {
      for (const int64_t batch : c.training) row(c, "training", batch, bf16, training);
      for (const int64_t batch : c.inference) row(c, "inference", batch, bf16, inference);
    }
  }
  const nlohmann::ordered_json result = {
      {"device", name},
      {"libtorch", TORCH_VERSION},
      {"date", fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)))},
      {"cudnn_benchmark", cudnn_benchmark},
      {"rows", rows}};
  const std::filesystem::path path = folder / file_name(name);
  write_file(path, result.dump(1) + "\n");
  fmt::print("written to {}\n", path.string());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto given = [&](const char* flag) {
    return std::find(words.begin(), words.end(), flag) != words.end();
  };
  if (words.empty() || words[0].starts_with("-")) {
    fmt::print(stderr, "usage: bench_gpu_throughput FOLDER [--cpu] [--cudnn-benchmark]\n");
    return 2;
  }
  try {
    run(words[0], given("--cpu"), given("--cudnn-benchmark"));
  } catch (const nasnet::Error& error) {
    fmt::print(stderr, "bench_gpu_throughput: {}\n", error.what());
    return 2;
  }
}
