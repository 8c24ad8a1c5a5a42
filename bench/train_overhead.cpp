// The cost of a training step of the reference kernels beyond libtorch's operators: graph walking,
// dispatch, the autograd engine, the batch loader, the loop. Prints the share; it should stay under
// 3 %.

#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>

#include "nasnet/base/process_memory.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/libtorch/torch_network.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/trainer.h"

namespace {

using namespace nasnet;
using Clock = std::chrono::steady_clock;

// Time inside outermost operators of this thread. Only the thread that trains is watched.
thread_local bool watching = false;
thread_local int depth = 0;
thread_local Clock::time_point entered;
thread_local double inside = 0;

bool is_operator(const at::RecordFunction& function) {
  // The engine's nodes enclose the operators that they call.
  return std::strncmp(function.name(), "aten::", 6) == 0;
}

std::unique_ptr<at::ObserverContext> on_enter(const at::RecordFunction& function) {
  if (watching && is_operator(function) && depth++ == 0) entered = Clock::now();
  return nullptr;
}

void on_leave(const at::RecordFunction& function, at::ObserverContext*) {
  if (watching && is_operator(function) && --depth == 0)
    inside += std::chrono::duration<double>(Clock::now() - entered).count();
}

data::ImageSet noise_images(int64_t count, int edge) {
  data::ImageSet images;
  images.height = images.width = edge;
  images.channels = 3;
  Random random(1, 0, "noise");
  images.pixels.resize(static_cast<size_t>(count) * images.image_bytes());
  for (uint8_t& pixel : images.pixels) pixel = static_cast<uint8_t>(random.next());
  for (int64_t i = 0; i < count; ++i) images.labels.push_back(static_cast<int>(i % 10));
  return images;
}

double measure(int cells, int filters, int batch, int edge) {
  constexpr int kSteps = 9;
  const data::ImageSet images = noise_images(int64_t{batch} * kSteps, edge);
  const auto graph = std::make_shared<const graph::Graph>(
      graph::build(space::named_genotype("nasnet-a"),
                   {graph::StackKind::kCifar, cells, filters, 10, {edge, edge, 3}, true}));
  libtorch::TorchNetwork network(graph, 1, {.kernels = network::Kernels::kReference});
  std::vector<int64_t> all(static_cast<size_t>(images.size()));
  std::iota(all.begin(), all.end(), 0);
  train::TrainSettings settings;
  settings.epochs = 1;
  settings.batch = batch;
  train::Trainer trainer(network, images, all, data::measure_normalization(images), settings, 1);
  std::vector<double> shares;
  Clock::time_point begin;
  trainer.run([&](const train::TrainState& state) {
    if (state.step > 1) {  // the first step allocates everything
      const double whole = std::chrono::duration<double>(Clock::now() - begin).count();
      shares.push_back(100 * (whole - inside) / inside);
    }
    inside = 0;
    watching = true;
    begin = Clock::now();
    return true;
  });
  watching = false;
  std::sort(shares.begin(), shares.end());
  return shares[shares.size() / 2];
}

}  // namespace

int main() {
  keep_freed_memory();  // as the program does
  at::set_num_threads(1);
  at::addGlobalCallback(
      at::RecordFunctionCallback(on_enter, on_leave).scopes({at::RecordScope::FUNCTION}));
  fmt::print("time of a training step beyond its operators' own, median of 8 steps, 1 thread\n");
  struct Case {
    int cells, filters, batch, edge;
  };
  for (const Case& c : {Case{1, 16, 32, 28}, Case{2, 16, 64, 32}, Case{2, 32, 64, 32}})
    fmt::print("NASNet-A N={} F={}, batch {}, {}x{}: {:.2f} %\n", c.cells, c.filters, c.batch,
               c.edge, c.edge, measure(c.cells, c.filters, c.batch, c.edge));
}
