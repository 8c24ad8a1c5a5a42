#include "nasnet/search/child.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/train/evaluate.h"
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
  training.auxiliary_weight = 0;
  // The paper's children see crops and flips. Four pixels of a 32-pixel image; less of smaller
  // ones.
  training.crop_padding = images.width / 8;
  return training;
}

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
        normalization_(data::measure_normalization(data_->train, split_.train)) {
    at::set_num_threads(1);
  }

  Evaluation evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    const uint64_t seed = Random(task.seed, static_cast<uint64_t>(task.number), task.arm).next();
    const graph::Graph graph =
        graph::build(space_.decode(task.choices),
                     {"cifar",
                      settings_.cells,
                      settings_.filters,
                      static_cast<int>(data_->classes.size()),
                      {data_->train.height, data_->train.width, data_->train.channels},
                      false});
    const graph::Counts counts = graph::count(graph);
    network::Network network(graph, seed, device_);
    network.choose_kernels(settings_.kernels);
    network.set_precision(precision_);
    train::Trainer trainer(network, data_->train, split_.train, normalization_, training_, seed);
    const int64_t batch =
        std::min<int64_t>(settings_.batch, static_cast<int64_t>(split_.train.size()));
    trainer.run([&](const train::TrainState&) {
      check_interrupt();
      if (progress) progress(batch);
      return true;
    });
    const train::Accuracy accuracy =
        train::evaluate(network, data_->train, split_.validation, normalization_);
    Evaluation result;
    result.reward = accuracy.share();
    result.measurements = {{"validation_images", static_cast<double>(accuracy.images)},
                           {"validation_correct", static_cast<double>(accuracy.correct)},
                           {"validation_loss", accuracy.loss},
                           {"train_loss", trainer.state().history.back().loss},
                           {"train_accuracy", trainer.state().history.back().accuracy},
                           {"parameters", static_cast<double>(counts.parameters)},
                           {"multiply_adds", static_cast<double>(counts.multiply_adds)}};
    return result;
  }

 private:
  std::shared_ptr<const data::DataSet> data_;
  space::NasnetSpace space_;
  ChildSettings settings_;
  train::TrainSettings training_;
  c10::Device device_;
  network::Precision precision_;
  Split split_;
  data::Normalization normalization_;
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
