#include "nasnet/detect/region_stage.h"

#include <algorithm>

#include "nasnet/base/random.h"
#include "nasnet/boxes/coder.h"
#include "nasnet/detect/box_loss.h"
#include "nasnet/detect/losses.h"

// The paper's head reads 17 x 17 x 4032 values of a region at the large stack, and keeps many times
// that to go backward: the regions of a batch do not fit into memory at once. A lot goes backward
// before the next one comes, and only gradients of parameters and maps remain of it.

namespace nasnet::detect {

RegionStage::RegionStage(HeadGraph head, int classes, const DetectorSettings& settings,
                         Runners& runners)
    : settings_(settings),
      classes_(static_cast<size_t>(classes)),
      head_(std::move(head)),
      runner_(runners.make(head_.graph, head_.outputs)) {}

int64_t RegionStage::image_bytes(const HeadGraph& head) {
  return head.graph.operators.at(0).output.elements() * static_cast<int64_t>(sizeof(float));
}

int64_t RegionStage::images_at_a_time(const HeadGraph& head, const RegionSettings& settings) {
  return std::max<int64_t>(settings.cut_bytes / image_bytes(head), 1);
}

template <class Work>
void RegionStage::by_lot(const std::vector<Region>& regions, Work work) const {
  const auto most = static_cast<size_t>(images_at_a_time(head_, settings_.regions) * head_.rows);
  for (size_t first = 0; first < regions.size(); first += most) {
    const auto begin = regions.begin() + static_cast<std::ptrdiff_t>(first);
    const size_t count = std::min(most, regions.size() - first);
    work(first, std::vector<Region>(begin, begin + static_cast<std::ptrdiff_t>(count)));
  }
}

int64_t RegionStage::head_images(size_t regions) const {
  return (static_cast<int64_t>(regions) + head_.rows - 1) / head_.rows;
}

std::vector<float> RegionStage::cut(const RegionCutter& cutter, const std::vector<Tensor>& maps,
                                    const std::vector<Region>& regions) const {
  std::vector<float> rows(
      static_cast<size_t>(head_images(regions.size()) * head_.rows * cutter.row()));
  cutter.cut(maps, regions, rows.data());
  return rows;
}

RegionOutputs RegionStage::infer(const RegionCutter& cutter, const std::vector<Tensor>& maps,
                                 const std::vector<Region>& regions,
                                 const std::vector<TensorView>& parameters) {
  RegionOutputs outputs;
  by_lot(regions, [&](size_t, const std::vector<Region>& lot) {
    const std::vector<float> rows = cut(cutter, maps, lot);
    const std::vector<Tensor> found =
        runner_->infer({rows.data(), head_images(lot.size())}, parameters);
    const auto append = [&](const Tensor& values, size_t each, std::vector<float>& all) {
      all.insert(all.end(), values.data(), values.data() + lot.size() * each);
    };
    append(found[0], classes_ + 1, outputs.scores);
    append(found[1], 4 * classes_, outputs.codes);
  });
  return outputs;
}

void RegionStage::add_losses(const RegionSample& sample, size_t region, size_t row,
                             const std::vector<Tensor>& outputs, double share,
                             std::vector<Tensor>& above, DetectionLosses& losses) const {
  const double each = sample.shares[region];
  const int label = sample.labels[region];
  const size_t first_score = row * (classes_ + 1);
  losses.classes += each * softmax_cross_entropy(
                               outputs[0].values().subspan(first_score, classes_ + 1), label,
                               each * share, above[0].change().subspan(first_score, classes_ + 1));
  // Background has no codes to learn.
  if (label == 0) return;
  const size_t first = 4 * (row * classes_ + static_cast<size_t>(label - 1));
  const float* code = outputs[1].data() + first;
  const LossAtFour loss =
      box_loss(settings_.regions.box_loss, {code[0], code[1], code[2], code[3]},
               sample.regions[region].box, sample.objects[region], boxes::kProposalWeights);
  losses.boxes += each * loss.value;
  for (size_t i = 0; i < 4; ++i)
    above[1].change()[first + i] += static_cast<float>(each * share * loss.slope[i]);
}

void RegionStage::learn(const RegionCutter& cutter, const std::vector<Tensor>& maps,
                        const RegionSample& sample, const graph::Pass& pass, double share,
                        const std::vector<TensorView>& parameters,
                        const fused::GradientPlaces& gradients, std::vector<Tensor>& above,
                        DetectionLosses& losses) {
  by_lot(sample.regions, [&](size_t first, const std::vector<Region>& lot) {
    graph::Pass of_lot = pass;
    // Lots must not share their draws of drop-path.
    if (first > 0) of_lot.seed = Random(pass.seed, first, "lot of regions").next();
    const std::vector<float> rows = cut(cutter, maps, lot);
    fused::Runner::Trained trained =
        runner_->train({rows.data(), head_images(lot.size()), true}, of_lot, parameters);
    std::vector<Tensor> head_above = zeros_like(trained.outputs);
    for (size_t row = 0; row < lot.size(); ++row)
      add_losses(sample, first + row, row, trained.outputs, share, head_above, losses);
    // Through the regions' rows back into the maps, on top of the first stage's gradients.
    std::vector<float> row_gradients(rows.size());
    trained.pass->backward(head_above, gradients, row_gradients.data());
    cutter.add_gradients(row_gradients.data(), lot, above);
  });
}

}  // namespace nasnet::detect
