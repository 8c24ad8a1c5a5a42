#include "nasnet/search/child.h"

#include <ATen/Parallel.h>
#include <c10/util/Logging.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/memory_group.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/random.h"
#include "nasnet/base/text.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/search/child_checkpoints.h"
#include "nasnet/space/json.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/memory.h"
#include "nasnet/train/trainer.h"

namespace nasnet::search {
namespace {

/// Training and validation images of the proxy task.
struct Split {
  std::vector<int64_t> train, validation;
};

Split split_images(int64_t images, const ChildSettings& settings, uint64_t seed) {
  if (settings.validation_images >= images)
    throw InputError(
        fmt::format("--validation-images is {}, but the data set has only {} training "
                    "images; choose fewer",
                    settings.validation_images, images));
  std::vector<int64_t> order(static_cast<size_t>(images));
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, Random(seed, 0, "proxy split"));
  const auto middle = order.begin() + settings.validation_images;
  int64_t train = images - settings.validation_images;
  if (settings.train_images > 0) train = std::min(train, settings.train_images);
  return {{middle, middle + train}, {order.begin(), middle}};
}

train::TrainSettings training_of(const ChildSettings& settings, const data::ImageSet& images) {
  train::TrainSettings training;
  training.epochs = settings.epochs;
  training.batch = settings.batch;
  training.learning_rate = settings.learning_rate;
  training.precision = settings.precision;
  training.memory = settings.memory;
  training.auxiliary_weight = 0;
  // The paper's children see crops and flips. Four pixels of a 32-pixel image; less of smaller
  // ones.
  training.crop_padding = images.width / 8;
  return training;
}

/// Memory that a child has needed is given back once it is gone, whatever becomes of it.
struct ReturnMemory {
  ~ReturnMemory() { return_freed_memory(); }
};

class ChildEvaluator : public Evaluator {
 public:
  ChildEvaluator(std::shared_ptr<const data::DataSet> data, space::NasnetSpace space,
                 ChildSettings settings, uint64_t study_seed, const std::string& device, int worker)
      : data_(std::move(data)),
        space_(std::move(space)),
        settings_(std::move(settings)),
        training_(training_of(settings_, data_->train)),
        device_(network::parse_worker_device(device, worker)),
        precision_(network::parse_precision(settings_.precision, device_)),
        split_(split_images(data_->train.size(), settings_, study_seed)),
        normalization_(data::measure_normalization(data_->train, split_.train)),
        checkpoints_(settings_.checkpoints),
        data_digest_(settings_.checkpoints.empty() ? "" : data_->digest()) {
    parse_bytes(settings_.memory, "--memory");  // what is wrong is said at once
    at::set_num_threads(1);
    // The one of libtorch reads through the null pointer where memory for it is refused, and would
    // end a trial that runs out of memory without its cause.
    c10::SetStackTraceFetcher([] { return std::string(); });
    return_freed_memory();  // what reading the data took
  }

  bool on_gpu() const override { return device_.is_cuda(); }

  Evaluation evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    const ReturnMemory at_the_end;
    const uint64_t seed = Random(task.seed, static_cast<uint64_t>(task.number), task.arm).next();
    const space::Genotype genotype = space_.decode(task.choices);
    network::Network network(graph_of(genotype), seed, device_);
    network.choose_kernels(settings_.kernels);
    network.set_precision(precision_);
    train::TrainSettings training = training_;
    if (task.schedule > 0) training.epochs = static_cast<int>(task.schedule);
    const train::BatchSplit parts = split_of(network, training);
    train::check_memory(parts, network, MemoryGroup().limit());
    train::Trainer trainer(network, data_->train, split_.train, normalization_, training, seed,
                           parts.parts);

    const int64_t epochs =
        task.epochs > 0 ? std::min<int64_t>(task.epochs, training.epochs) : training.epochs;
    const std::string identity = identity_of(task, genotype, training);
    checkpoints_.restore(task, epochs, identity, network, trainer);
    train_to(epochs, trainer, progress);
    const bool kept =
        epochs == training.epochs || checkpoints_.save(task, epochs, identity, network, trainer);
    Evaluation result = measure(network, trainer, parts);
    if (kept) checkpoints_.remove_before(task, epochs);
    return result;
  }

 private:
  graph::Graph graph_of(const space::Genotype& genotype) const {
    return graph::build(genotype, {"cifar",
                                   settings_.cells,
                                   settings_.filters,
                                   static_cast<int>(data_->classes.size()),
                                   {data_->train.height, data_->train.width, data_->train.channels},
                                   false});
  }

  int64_t batch() const {
    return std::min<int64_t>(settings_.batch, static_cast<int64_t>(split_.train.size()));
  }

  train::BatchSplit split_of(const network::Network& network,
                             const train::TrainSettings& training) const {
    return train::split_batch(network.graph(), network.kernels(), training,
                              {.images = static_cast<int64_t>(split_.train.size()),
                               .batch = batch(),
                               .evaluation_images = static_cast<int64_t>(split_.validation.size()),
                               .evaluation_batch = train::evaluation_batch(network, batch())},
                              train::process_bytes(network, *data_));
  }

  /// All that a training depends on, but for how far it has come.
  std::string identity_of(const Task& task, const space::Genotype& genotype,
                          const train::TrainSettings& training) const {
    if (settings_.checkpoints.empty()) return "";
    nlohmann::json settings = settings_to_json(settings_);
    settings.erase("checkpoints");
    settings.erase("epochs");
    return nlohmann::json{{"seed", task.seed},
                          {"arm", task.arm},
                          {"number", task.number},
                          {"genotype", space::genotype_to_json(genotype)},
                          {"schedule", training.epochs},
                          {"settings", settings},
                          {"device", device_.is_cuda() ? "cuda" : "cpu"},
                          {"data", data_digest_}}
        .dump();
  }

  void train_to(int64_t epochs, train::Trainer& trainer,
                const std::function<void(int64_t)>& progress) const {
    if (trainer.state().epoch >= epochs) return;
    trainer.run([&](const train::TrainState& state) {
      check_interrupt();
      if (progress) progress(batch());
      return state.epoch < epochs;
    });
  }

  Evaluation measure(network::Network& network, const train::Trainer& trainer,
                     const train::BatchSplit& parts) const {
    const graph::Counts counts = graph::count(network.graph());
    const train::Accuracy accuracy = train::evaluate(network, data_->train, split_.validation,
                                                     normalization_, "", parts.evaluation_batch);
    const train::EpochRecord& last = trainer.state().history.back();
    Evaluation result;
    result.reward = accuracy.share();
    result.measurements = {{"validation_images", static_cast<double>(accuracy.images)},
                           {"validation_correct", static_cast<double>(accuracy.correct)},
                           {"validation_loss", accuracy.loss},
                           {"train_loss", last.loss},
                           {"train_accuracy", last.accuracy},
                           {"parameters", static_cast<double>(counts.parameters)},
                           {"multiply_adds", static_cast<double>(counts.multiply_adds)},
                           {"batch_parts", static_cast<double>(parts.parts)},
                           {"memory_estimate", static_cast<double>(parts.total())}};
    return result;
  }

  std::shared_ptr<const data::DataSet> data_;
  space::NasnetSpace space_;
  ChildSettings settings_;
  train::TrainSettings training_;
  c10::Device device_;
  network::Precision precision_;
  Split split_;
  data::Normalization normalization_;
  RungCheckpoints checkpoints_;
  std::string data_digest_;
};

}  // namespace

std::unique_ptr<Evaluator> make_child_evaluator(std::shared_ptr<const data::DataSet> data,
                                                space::NasnetSpace space, ChildSettings settings,
                                                uint64_t study_seed, const std::string& device,
                                                int worker) {
  return std::make_unique<ChildEvaluator>(std::move(data), std::move(space), std::move(settings),
                                          study_seed, device, worker);
}

}  // namespace nasnet::search
