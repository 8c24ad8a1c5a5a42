#include "nasnet/search/evaluators/detector_counter.h"

#include <map>
#include <mutex>

#include "nasnet/base/check.h"
#include "nasnet/graph/count.h"

namespace nasnet::search {
namespace {

/// Remembers candidates: a strategy asks for the same one several times before it proposes it.
class DetectorCounter : public Counter {
 public:
  DetectorCounter(std::shared_ptr<const space::SearchSpace> space, detect::DetectorDesign design,
                  int classes, detect::BatchNorm norms)
      : space_(std::move(space)), design_(std::move(design)), classes_(classes), norms_(norms) {}

  std::vector<std::string> quantities() const override { return {"parameters", "multiply_adds"}; }

  Measurements count(const space::Choices& choices,
                     const std::vector<std::string>& /*names*/) const override {
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = known_.find(choices); found != known_.end()) return found->second;
    }
    const auto genotype = space_->genotype(choices);
    NASNET_CHECK(genotype.has_value(), "the space has genotypes");
    const detect::DetectorGraphs graphs =
        make_graphs(*genotype, design_, graph::Pooling::kSlim, classes_, norms_);
    Measurements counted = count_detector(graphs.dense, graphs.head, design_);
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMostKnown) known_.clear();
    known_[choices] = counted;
    return counted;
  }

 private:
  static constexpr size_t kMostKnown = 4096;

  std::shared_ptr<const space::SearchSpace> space_;
  detect::DetectorDesign design_;
  int classes_;
  detect::BatchNorm norms_;
  mutable std::mutex mutex_;
  mutable std::map<space::Choices, Measurements> known_;
};

}  // namespace

Measurements count_detector(const detect::Detector::MakeDense& make_dense,
                            const detect::HeadGraph& head, const detect::DetectorDesign& design) {
  const detect::ResizeSettings resize = resize_of(design);
  const data::ImageSize canvas = detect::canvas_of({resize.shortest, resize.longest});
  const graph::Counts dense = graph::count(make_dense({canvas.height, canvas.width, 3}).graph);
  const graph::Counts regions = graph::count(head.graph);
  return {{"parameters", static_cast<double>(dense.parameters + regions.parameters)},
          {"multiply_adds",
           static_cast<double>(dense.multiply_adds) +
               static_cast<double>(regions.multiply_adds) * design.proposals / head.rows}};
}

std::shared_ptr<const Counter> make_detector_counter(
    std::shared_ptr<const space::SearchSpace> space, const detect::DetectorDesign& design,
    int classes, detect::BatchNorm norms) {
  return std::make_shared<DetectorCounter>(std::move(space), design, classes, norms);
}

}  // namespace nasnet::search
