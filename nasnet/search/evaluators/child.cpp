#include "nasnet/search/evaluators/child.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/random.h"
#include "nasnet/base/text.h"
#include "nasnet/data/notes.h"
#include "nasnet/graph/count.h"
#include "nasnet/kernels/target.h"
#include "nasnet/network/backend.h"
#include "nasnet/search/evaluators/child_checkpoints.h"
#include "nasnet/search/evaluators/child_scores.h"
#include "nasnet/search/evaluators/child_split.h"
#include "nasnet/search/evaluators/stack_counter.h"
#include "nasnet/search/evaluators/training_code.h"
#include "nasnet/search/evaluators/yardstick.h"
#include "nasnet/search/store/trial.h"
#include "nasnet/space/json.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/training.h"

namespace nasnet::search {
namespace {

/// All that is known of a child once it has been trained and measured.
struct Trained {
  train::Accuracy accuracy;  ///< on the validation images
  train::EpochRecord last;   ///< of its last epoch, on training images
  double losses = 0;         ///< the sum over its epochs of the mean training loss
  graph::Counts counts;
  train::BatchSplit split;
};

/// A measurement: its name, as objectives have it, and where it comes from.
struct Measured {
  const char* name;
  double (*value)(const Trained& child);
};

constexpr Measured kMeasured[] = {
    {kAccuracy, [](const Trained& child) { return child.accuracy.share(); }},
    {"validation_images", [](const Trained& child) -> double { return child.accuracy.images; }},
    {"validation_correct", [](const Trained& child) -> double { return child.accuracy.correct; }},
    {"validation_loss", [](const Trained& child) { return child.accuracy.loss(); }},
    {"train_loss", [](const Trained& child) { return child.last.loss; }},
    {"train_loss_sum", [](const Trained& child) { return child.losses; }},
    {"train_accuracy", [](const Trained& child) { return child.last.accuracy; }},
    {"parameters", [](const Trained& child) -> double { return child.counts.parameters; }},
    {"multiply_adds", [](const Trained& child) -> double { return child.counts.multiply_adds; }},
    {"batch_parts", [](const Trained& child) -> double { return child.split.parts; }},
    {"memory_estimate", [](const Trained& child) -> double { return child.split.total(); }},
};

class ChildEvaluator : public Evaluator {
 public:
  ChildEvaluator(std::shared_ptr<const data::DataSet> data,
                 std::shared_ptr<const space::SearchSpace> space, ChildSettings settings,
                 uint64_t study_seed, network::DeviceChoice device, int worker)
      : data_(std::move(data)),
        space_(std::move(space)),
        settings_(std::move(settings)),
        device_(network::choose_device(device, worker)),
        split_(split_for_proxy(data_->train, settings_, study_seed)),
        normalization_(data::measure_normalization(data_->train, split_.train)),
        scores_(data_->train, split_, normalization_, parse_scores(settings_.scores), study_seed),
        final_{stack(settings_.final_cells, settings_.final_filters)},
        checkpoints_(settings_.checkpoints),
        data_digest_(settings_.checkpoints.empty() ? "" : data_->digest()) {
    // Refuses wrong settings before any trial.
    parse_bytes(settings_.training.memory, "--memory");
    network::choose_computation(device_, settings_.training.kernels, settings_.training.precision);
    if (!settings_.latency_table.empty()) read_latencies();
    counter_ =
        make_stack_counter(space_, stack(settings_.cells, settings_.filters), final_, scores_);
    return_freed_memory();  // what reading the data took
  }

  bool on_gpu() const override { return device_.cuda; }
  std::vector<CurvePoint> learning_curve() const override { return curve_; }
  std::vector<std::string> measurements() const override {
    std::vector<std::string> names;
    for (const Measured& one : kMeasured) names.emplace_back(one.name);
    for (const std::string& name : counter_->quantities())
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    return names;
  }
  std::shared_ptr<const Counter> counter() const override { return counter_; }
  /// The share of the most frequent class among the validation images.
  Measurements worthless() const override;
  Identity identity() const override;
  std::string machine() const override {
    return device_.cuda ? "cuda" : "cpu " + kernels::vector_target();
  }
  EvaluatorFacts facts() const override;

  Measurements evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    const ReturnMemory at_the_end;
    curve_.clear();
    const uint64_t seed = Random(task.seed, static_cast<uint64_t>(task.number), task.arm).next();
    const space::Genotype genotype = cells_of(*space_, task.arm, task.choices);
    const Rung rung(task, settings_.training.epochs);
    train::TrainSettings settings = settings_.training;
    settings.epochs = static_cast<int>(rung.schedule);
    train::Training training({.genotype = genotype,
                              .stack = stack(settings_.cells, settings_.filters),
                              .settings = settings,
                              .data = *data_,
                              .images = split_.train,
                              .normalization = normalization_,
                              .evaluation_images = static_cast<int64_t>(split_.validation.size()),
                              .seed = seed,
                              .device = device_});

    return checkpoints_.evaluate(
        rung, describe(genotype), training, [&] { train_to(rung.epochs, training, progress); },
        [&] {
          Measurements all = measure(training);
          all.merge(count_final(genotype, final_));
          all.merge(scores_.of(training.network->graph(), canonical_form(task)));
          return all;
        });
  }

 private:
  graph::StackSettings stack(int cells, int filters) const {
    return train::stack_for({graph::StackKind::kCifar, cells, filters}, settings_.training, *data_);
  }

  void read_latencies() {
    latency_digest_ = file_digest(settings_.latency_table, "sha256");
    auto table = std::make_shared<latency::LatencyTable>(
        latency::read_latency_table(settings_.latency_table));
    latency::demand_stack(*table, final_.stack, settings_.latency_table);
    final_.latencies = std::move(table);
  }

  /// All that a training depends on beside its task and schedule; {} where it is not kept.
  nlohmann::json describe(const space::Genotype& genotype) const {
    if (settings_.checkpoints.empty()) return {};
    nlohmann::json settings = settings_to_json(settings_);
    settings.erase("epochs");
    return {{"genotype", space::genotype_to_json(genotype)},
            {"settings", settings},
            {"device", device_.cuda ? "cuda" : "cpu"},
            {"data", data_digest_}};
  }

  void train_to(int64_t epochs, train::Training& training,
                const std::function<void(int64_t)>& progress) {
    draw_curve(training.trainer.state());
    if (training.trainer.state().epoch >= epochs) return;
    training.trainer.run([&](const train::TrainState& state) {
      check_interrupt();
      draw_curve(state);
      if (progress) progress(training.batch);
      return state.epoch < epochs;
    });
    NASNET_CHECK(training.trainer.state().epoch == epochs,
                 "a child is measured where its schedule stops, and not after it");
  }

  void draw_curve(const train::TrainState& state) {
    if (curve_.size() == state.history.size()) return;
    curve_.clear();
    for (const train::EpochRecord& epoch : state.history)
      curve_.push_back({epoch.epoch, epoch.loss, epoch.accuracy});
  }

  /// Equal where the candidates are; a yardstick's numbers are no choices of the space.
  std::string canonical_form(const Task& task) const {
    if (task.arm != kYardstickArm) return space_->canonical(task.choices);
    return fmt::format("cells {}", fmt::join(task.choices, " "));
  }

  /// Ends the training: where its weights are averaged the network has the average from now on.
  Measurements measure(train::Training& training) const {
    training.trainer.learner().use_average();
    const std::vector<train::EpochRecord>& history = training.trainer.state().history;
    const Trained trained = {
        .accuracy = train::evaluate(*training.network, data_->train, split_.validation,
                                    normalization_, "", training.split.evaluation_batch),
        .last = history.back(),
        .losses = std::accumulate(
            history.begin(), history.end(), 0.0,
            [](double sum, const train::EpochRecord& epoch) { return sum + epoch.loss; }),
        .counts = graph::count(training.network->graph()),
        .split = training.split};
    Measurements result;
    for (const Measured& one : kMeasured) result[one.name] = one.value(trained);
    return result;
  }

  std::shared_ptr<const data::DataSet> data_;
  std::shared_ptr<const space::SearchSpace> space_;
  ChildSettings settings_;
  network::Device device_;
  ProxySplit split_;
  data::Normalization normalization_;
  ChildScores scores_;
  FinalStack final_;
  std::shared_ptr<const Counter> counter_;
  RungCheckpoints checkpoints_;
  std::string data_digest_, latency_digest_;
  std::vector<CurvePoint> curve_;  // of the child that was trained last
};

Measurements ChildEvaluator::worthless() const {
  std::map<int64_t, int64_t> images;
  int64_t most = 0;
  for (const int64_t image : split_.validation)
    most = std::max(most, ++images[data_->train.labels[static_cast<size_t>(image)]]);
  return {{kAccuracy, static_cast<double>(most) / static_cast<double>(split_.validation.size())}};
}

Identity ChildEvaluator::identity() const {
  const char* another = "use the same program, or resume with --other-program";
  Identity identity = {
      {.name = "data_digest",
       .value = data_->digest(),
       .subject = fmt::format("the data set {} (--data)", data_->name),
       .remedy = "its images or labels differ: give the right one with --data, or choose "
                 "another --study"},
      {.name = "training_code",
       .value = training_code(),
       .subject = "the code that trains children",
       .remedy = another,
       .of_build = true}};
  if (!latency_digest_.empty())
    identity.push_back({.name = "latency_digest",
                        .value = latency_digest_,
                        .subject = "the table of latencies (--latency-table)",
                        .remedy = "its times differ: give the right one, or choose another "
                                  "--study"});
  if (device_.cuda || settings_.training.kernels == network::Kernels::kReference)
    identity.push_back({.name = "libtorch",
                        .value = network::demand_backend("--kernels reference").version(),
                        .subject = "libtorch",
                        .remedy = another,
                        .of_build = true});
  return identity;
}

EvaluatorFacts ChildEvaluator::facts() const {
  EvaluatorFacts facts{data::describe_size(*data_, data_options(settings_)),
                       data::notes_of(*data_)};
  if (const int64_t copies = split_.copies; copies > 0)
    facts.notes.push_back(
        fmt::format("{} training image{} equal to a validation image: not trained on", copies,
                    copies == 1 ? " is" : "s are"));
  data::add_left_out(facts.report, *data_);
  return facts;
}

}  // namespace

std::unique_ptr<Evaluator> make_child_evaluator(std::shared_ptr<const data::DataSet> data,
                                                std::shared_ptr<const space::SearchSpace> space,
                                                ChildSettings settings, uint64_t study_seed,
                                                network::DeviceChoice device, int worker) {
  return std::make_unique<ChildEvaluator>(std::move(data), std::move(space), std::move(settings),
                                          study_seed, device, worker);
}

}  // namespace nasnet::search
