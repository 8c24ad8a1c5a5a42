#include "tests/libtorch/reference_detector.h"

#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/smooth_l1_loss.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nasnet/boxes/match.h"
#include "nasnet/libtorch/tensors.h"

namespace nasnet::libtorch {
namespace {

constexpr auto kReduceSum = 2, kReduceNone = 0;  // at::Reduction's

WideBox wide(const boxes::Box& box) {
  return {box.x0, box.y0, box.x1, box.y1};
}
boxes::Box narrow(const WideBox& box) {
  return {static_cast<float>(box.x0), static_cast<float>(box.y0), static_cast<float>(box.x1),
          static_cast<float>(box.y1)};
}
std::vector<boxes::Box> narrow(const std::vector<WideBox>& list) {
  std::vector<boxes::Box> result;
  for (const WideBox& box : list) result.push_back(narrow(box));
  return result;
}

double overlap(const WideBox& a, const WideBox& b) {
  const double width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const double height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (!(width > 0 && height > 0)) return 0;
  const auto area = [](const WideBox& box) { return (box.x1 - box.x0) * (box.y1 - box.y0); };
  return width * height / (area(a) + area(b) - width * height);
}

std::array<double, 4> encode(const WideBox& box, const WideBox& anchor,
                             const boxes::CodeWeights& weights) {
  const double width = anchor.x1 - anchor.x0, height = anchor.y1 - anchor.y0;
  return {weights.x * (box.x0 + box.x1 - anchor.x0 - anchor.x1) / 2 / width,
          weights.y * (box.y0 + box.y1 - anchor.y0 - anchor.y1) / 2 / height,
          weights.width * std::log((box.x1 - box.x0) / width),
          weights.height * std::log((box.y1 - box.y0) / height)};
}

/// Clipped to the image.
WideBox decode(const double* code, const WideBox& anchor, const boxes::CodeWeights& weights,
               const data::ImageSize& content) {
  const double most = std::log(1000.0 / 16);
  const double width = anchor.x1 - anchor.x0, height = anchor.y1 - anchor.y0;
  const double x = (anchor.x0 + anchor.x1) / 2 + code[0] / weights.x * width,
               y = (anchor.y0 + anchor.y1) / 2 + code[1] / weights.y * height;
  const double w = width * std::exp(std::min(code[2] / weights.width, most)) / 2,
               h = height * std::exp(std::min(code[3] / weights.height, most)) / 2;
  const auto inside = [](double place, int edge) {
    return std::clamp(place, 0.0, static_cast<double>(edge));
  };
  return {inside(x - w, content.width), inside(y - h, content.height), inside(x + w, content.width),
          inside(y + h, content.height)};
}

/// The best first, of equal ones that which stands first.
std::vector<size_t> in_order(const std::vector<double>& scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  return order;
}

/// Boxes of other groups suppress nothing.
std::vector<size_t> suppress(const std::vector<WideBox>& list, const std::vector<double>& scores,
                             const std::vector<int>& groups, double threshold, int most) {
  std::vector<size_t> kept;
  for (const size_t k : in_order(scores)) {
    if (std::ssize(kept) == most) break;
    if (std::ranges::none_of(kept, [&](size_t other) {
          return groups[other] == groups[k] && overlap(list[other], list[k]) > threshold;
        }))
      kept.push_back(k);
  }
  return kept;
}

/// Rows of N x C x H x W: image, row, column, and of each so many values.
at::Tensor rows_of(const at::Tensor& map, int64_t values) {
  return map.permute({0, 2, 3, 1}).reshape({map.size(0), -1, values});
}

const double* plain(const at::Tensor& tensor) {
  return tensor.data_ptr<double>();
}

at::Tensor to_tensor(const std::vector<int64_t>& list) {
  return at::tensor(list, at::TensorOptions(c10::kLong));
}

std::vector<double> shares_of(const std::vector<size_t>& drawn, bool by_image) {
  const size_t all = std::accumulate(drawn.begin(), drawn.end(), size_t{0});
  std::vector<double> shares;
  for (const size_t count : drawn)
    shares.push_back(
        1.0 / static_cast<double>(std::max<size_t>(by_image ? count * drawn.size() : all, 1)));
  return shares;
}

/// The mean of the losses by their shares; 0 of none.
at::Tensor weighed(const at::Tensor& losses, const std::vector<double>& shares) {
  return losses.dot(at::tensor(shares, at::TensorOptions(c10::kDouble)));
}

at::Tensor zero() {
  return at::zeros({}, at::TensorOptions(c10::kDouble));
}

/// Smooth L1 of codes, by row.
at::Tensor code_loss(const at::Tensor& codes, const std::vector<std::array<double, 4>>& wanted,
                     const detect::BoxLossSettings& settings) {
  at::Tensor target = at::zeros_like(codes.detach());
  for (size_t k = 0; k < wanted.size(); ++k)
    std::copy(wanted[k].begin(), wanted[k].end(), target.data_ptr<double>() + 4 * k);
  return settings.weight * at::smooth_l1_loss(codes, target, kReduceNone, settings.smooth).sum(1);
}

Module module_of(const graph::Graph& graph, const std::vector<Tensor>& values) {
  Module module(graph, 0, c10::kCPU, c10::kDouble);
  copy_all(values, module.tensors());
  return module;
}

std::vector<at::Tensor> run(Module& module, const at::Tensor& images,
                            const std::vector<int>& outputs, const Pass& pass) {
  std::vector<at::Tensor> results(outputs.size());
  module.forward(images, pass, [&](int op, const at::Tensor& result) {
    for (size_t k = 0; k < outputs.size(); ++k)
      if (outputs[k] == op) results[k] = result;
  });
  return results;
}

}  // namespace

ReferenceDetector::ReferenceDetector(const detect::Detector& detector, const graph::Shape& canvas)
    : detector_(detector),
      settings_(detector.settings()),
      dense_(detector.dense_graph(canvas)),
      dense_module_(module_of(dense_.graph,
                              {detector.tensors().begin(),
                               detector.tensors().begin() + std::ssize(dense_.graph.parameters)})),
      head_module_(module_of(detector.head().graph,
                             {detector.tensors().begin() + std::ssize(dense_.graph.parameters),
                              detector.tensors().end()})),
      stage_(settings_.proposals, dense_) {}

ReferenceDetector::Batch ReferenceDetector::widened(const detect::ImageBatch& batch) {
  return {borrow(batch.images).to(c10::kDouble), batch.content};
}

std::vector<ReferenceDetector::Target> ReferenceDetector::widened(
    const std::vector<detect::Target>& targets) {
  std::vector<Target> result;
  for (const detect::Target& target : targets) {
    result.push_back({target, {}});
    for (const boxes::Box& box : target.objects) result.back().objects.push_back(wide(box));
  }
  return result;
}

std::vector<at::Tensor> ReferenceDetector::tensors() const {
  std::vector<at::Tensor> all = dense_module_.tensors();
  all.insert(all.end(), head_module_.tensors().begin(), head_module_.tensors().end());
  return all;
}

std::vector<at::Tensor> ReferenceDetector::run_dense(const Batch& batch, const Pass& pass) {
  return run(dense_module_, batch.images, dense_.outputs, pass);
}

std::vector<std::vector<WideBox>> ReferenceDetector::propose(const std::vector<at::Tensor>& outputs,
                                                             const Batch& batch,
                                                             bool training) const {
  const detect::ProposalSettings& wanted = settings_.proposals;
  std::vector<std::vector<WideBox>> by_image;
  for (size_t n = 0; n < batch.content.size(); ++n) {
    std::vector<WideBox> regions;
    std::vector<double> scores;
    std::vector<int> levels;
    size_t first = 0;  // of the level's anchors
    for (int level = 0; level < dense_.levels(); ++level) {
      const at::Tensor logits =
          rows_of(outputs[static_cast<size_t>(dense_.objectness(level))].detach(), 1);
      const at::Tensor codes =
          rows_of(outputs[static_cast<size_t>(dense_.codes(level))].detach(), 4).contiguous();
      const auto count = static_cast<size_t>(logits.size(1));
      const at::Tensor of_image = logits[static_cast<int64_t>(n)].contiguous();
      const std::vector<double> list(plain(of_image), plain(of_image) + count);
      const auto most =
          static_cast<size_t>(training ? wanted.per_level_training : wanted.per_level);
      const std::vector<size_t> order = in_order(list);
      for (size_t k = 0; k < std::min(most, count); ++k) {
        const WideBox region =
            decode(plain(codes) + 4 * (n * count + order[k]),
                   wide(stage_.anchors()[first + order[k]]), wanted.weights, batch.content[n]);
        if (region.x1 - region.x0 < wanted.smallest || region.y1 - region.y0 < wanted.smallest)
          continue;
        regions.push_back(region);
        scores.push_back(list[order[k]]);
        levels.push_back(level);
      }
      first += count;
    }
    by_image.emplace_back();
    for (const size_t k : suppress(regions, scores, levels, wanted.overlap,
                                   training ? wanted.kept_training : wanted.kept))
      by_image.back().push_back(regions[k]);
  }
  return by_image;
}

ReferenceDetector::Regions ReferenceDetector::joined(
    const std::vector<std::vector<WideBox>>& by_image) {
  Regions regions;
  for (size_t n = 0; n < by_image.size(); ++n)
    for (const WideBox& box : by_image[n]) {
      regions.images.push_back(static_cast<int64_t>(n));
      regions.boxes.push_back(box);
    }
  return regions;
}

/// RoIAlign is linear in the map: a matrix of bins by pixels, whose rows are its gradients.
at::Tensor ReferenceDetector::cut(const std::vector<at::Tensor>& outputs,
                                  const Regions& regions) const {
  const detect::RegionSettings& wanted = settings_.regions;
  const int64_t bins = int64_t{wanted.edge} * wanted.edge;
  std::vector<at::Tensor> cuts;
  for (size_t k = 0; k < regions.boxes.size(); ++k) {
    const WideBox& box = regions.boxes[k];
    const double edge = std::sqrt((box.x1 - box.x0) * (box.y1 - box.y0));
    const double level =
        std::floor(wanted.canonical_level + std::log2(edge / wanted.canonical_edge) + 1e-6) -
        std::log2(dense_.strides[0]);
    const auto place = static_cast<size_t>(std::clamp(level, 0.0, double(dense_.maps - 1)));
    const at::Tensor map = outputs[place][regions.images[k]];  // C x H x W
    const auto height = static_cast<int>(map.size(1)), width = static_cast<int>(map.size(2));
    const auto scale = [&](int size) {
      const float stride = static_cast<float>(dense_.strides[place]);
      return wanted.corners ? static_cast<float>(size - 1) / (stride * static_cast<float>(size))
                            : 1 / stride;
    };
    const kernels::RoiAlignShape shape{.channels = 1,
                                       .height = height,
                                       .width = width,
                                       .out_height = wanted.edge,
                                       .out_width = wanted.edge,
                                       .scale_y = scale(height),
                                       .scale_x = scale(width),
                                       .samples = wanted.samples,
                                       .aligned = wanted.aligned,
                                       .corners = wanted.corners};
    at::Tensor matrix = at::zeros({bins, int64_t{height} * width}, c10::kDouble);
    std::vector<double> one(static_cast<size_t>(bins));
    for (int64_t bin = 0; bin < bins; ++bin) {
      one[static_cast<size_t>(bin)] = 1;
      kernels::reference::roi_align_gradient<double>(
          {one.data(), 1}, shape, box,
          {matrix.data_ptr<double>() + bin * int64_t{height} * width, 1});
      one[static_cast<size_t>(bin)] = 0;
    }
    cuts.push_back(at::matmul(matrix, map.flatten(1).t()));
  }
  return at::stack(cuts);
}

std::vector<at::Tensor> ReferenceDetector::run_head(const at::Tensor& cuts, const Pass& pass) {
  const detect::HeadGraph& head = detector_.head();
  const graph::Shape& input = head.graph.operators[0].output;
  const int64_t rest = (head.rows - cuts.size(0) % head.rows) % head.rows;
  const at::Tensor images = at::constant_pad_nd(cuts, {0, 0, 0, 0, 0, rest})
                                .reshape({-1, input.height, input.width, input.channels})
                                .permute({0, 3, 1, 2});
  std::vector<at::Tensor> results = run(head_module_, images, head.outputs, pass);
  for (at::Tensor& result : results) {
    if (result.dim() == 4) result = result.permute({0, 2, 3, 1});
    result = result.reshape({-1, result.size(-1)}).narrow(0, 0, cuts.size(0));
  }
  return results;
}

std::vector<std::vector<ReferenceDetector::Found>> ReferenceDetector::detect(const Batch& batch) {
  const detect::DetectionSettings& wanted = settings_.detections;
  const std::vector<at::Tensor> outputs = run_dense(batch);
  const std::vector<std::vector<WideBox>> proposed = propose(outputs, batch, false);
  const std::vector<at::Tensor> results = run_head(cut(outputs, joined(proposed)));
  const at::Tensor scores = at::softmax(results[0].detach(), 1).contiguous();
  const at::Tensor codes = results[1].detach().contiguous();
  const int classes = detector_.classes();
  std::vector<std::vector<Found>> found;
  int64_t row = 0;
  for (size_t n = 0; n < proposed.size(); ++n) {
    std::vector<WideBox> list;
    std::vector<double> of_box;
    std::vector<int> labels;
    for (const WideBox& region : proposed[n]) {
      for (int c = 0; c < classes; ++c) {
        const double score = plain(scores)[row * (classes + 1) + c + 1];
        const WideBox box = decode(plain(codes) + 4 * (row * classes + c), region,
                                   boxes::kProposalWeights, batch.content[n]);
        if (score <= wanted.score || box.x1 - box.x0 < wanted.smallest ||
            box.y1 - box.y0 < wanted.smallest)
          continue;
        list.push_back(box);
        of_box.push_back(score);
        labels.push_back(c);
      }
      ++row;
    }
    found.emplace_back();
    for (const size_t k : suppress(list, of_box, labels, wanted.overlap, wanted.most))
      found.back().push_back({list[k], labels[k], of_box[k]});
  }
  return found;
}

ReferenceDetector::Choices ReferenceDetector::choose(
    const std::vector<std::vector<WideBox>>& proposed, const Batch& batch,
    const std::vector<Target>& targets, const Pass& pass) const {
  const auto draw = [&](const std::vector<int>& matches, const boxes::SampleSettings& settings,
                        const char* purpose, size_t n) {
    std::optional<Random> random;
    if (!settings_.first_samples)
      random.emplace(pass.seed, static_cast<uint64_t>(pass.step),
                     purpose + (" " + std::to_string(n)));
    return boxes::sample(matches, settings, random);
  };
  Choices choices;
  std::vector<size_t> drawn_anchors, drawn_regions;
  for (size_t n = 0; n < targets.size(); ++n) {
    const Target& target = targets[n];
    choices.matches.push_back(stage_.match(target.given, batch.content[n]));
    choices.anchors.push_back(draw(choices.matches[n], settings_.proposals.sample, "anchors", n));
    drawn_anchors.push_back(choices.anchors[n].objects.size() +
                            choices.anchors[n].background.size());
    std::vector<WideBox> regions = proposed[n];
    if (settings_.regions.with_objects)
      regions.insert(regions.end(), target.objects.begin(), target.objects.end());
    const std::vector<int> matches = boxes::match(narrow(regions), narrow(target.objects),
                                                  target.given.crowds, settings_.regions.match);
    const boxes::Sample sample = draw(matches, settings_.regions.sample, "regions", n);
    std::vector<int> all = sample.objects;
    all.insert(all.end(), sample.background.begin(), sample.background.end());
    std::ranges::sort(all);
    drawn_regions.push_back(all.size());
    for (const int index : all) {
      const auto k = static_cast<size_t>(index);
      const bool is_object = matches[k] >= 0;
      const auto object = static_cast<size_t>(std::max(matches[k], 0));
      choices.regions.images.push_back(static_cast<int64_t>(n));
      choices.regions.boxes.push_back(regions[k]);
      choices.labels.push_back(is_object ? target.given.labels[object] + 1 : 0);
      choices.objects.push_back(is_object ? target.objects[object] : WideBox{});
    }
  }
  choices.anchor_shares = shares_of(drawn_anchors, settings_.mean_by_image);
  choices.region_shares = shares_of(drawn_regions, settings_.mean_by_image);
  return choices;
}

ReferenceDetector::Losses ReferenceDetector::learn(const std::vector<at::Tensor>& outputs,
                                                   const std::vector<Target>& targets,
                                                   const Choices& choices, const Pass& pass) {
  std::vector<at::Tensor> logits, codes;
  for (int level = 0; level < dense_.levels(); ++level) {
    logits.push_back(rows_of(outputs[static_cast<size_t>(dense_.objectness(level))], 1));
    codes.push_back(rows_of(outputs[static_cast<size_t>(dense_.codes(level))], 4));
  }
  const at::Tensor all_logits = at::cat(logits, 1), all_codes = at::cat(codes, 1);
  Losses losses{zero(), zero(), zero(), zero()};
  for (size_t n = 0; n < targets.size(); ++n) {
    const auto image = static_cast<int64_t>(n);
    std::vector<int64_t> drawn(choices.anchors[n].objects.begin(),
                               choices.anchors[n].objects.end());
    const auto objects = std::ssize(drawn);
    if (objects > 0) {
      std::vector<std::array<double, 4>> wanted;
      for (const int64_t anchor : drawn)
        wanted.push_back(encode(
            targets[n]
                .objects[static_cast<size_t>(choices.matches[n][static_cast<size_t>(anchor)])],
            wide(stage_.anchors()[static_cast<size_t>(anchor)]), settings_.proposals.weights));
      losses.proposals =
          losses.proposals +
          choices.anchor_shares[n] * code_loss(all_codes[image].index_select(0, to_tensor(drawn)),
                                               wanted, settings_.proposals.box_loss)
                                         .sum();
    }
    drawn.insert(drawn.end(), choices.anchors[n].background.begin(),
                 choices.anchors[n].background.end());
    const at::Tensor of_drawn = all_logits[image].index_select(0, to_tensor(drawn)).flatten();
    at::Tensor truth = at::zeros_like(of_drawn.detach());
    truth.narrow(0, 0, objects).fill_(1);
    losses.objectness =
        losses.objectness + choices.anchor_shares[n] * at::binary_cross_entropy_with_logits(
                                                           of_drawn, truth, {}, {}, kReduceSum);
  }
  if (choices.labels.empty()) return losses;
  const std::vector<at::Tensor> results = run_head(cut(outputs, choices.regions), pass);
  std::vector<double> shares, object_shares;
  std::vector<int64_t> rows, columns;
  std::vector<std::array<double, 4>> wanted;
  for (size_t k = 0; k < choices.labels.size(); ++k) {
    shares.push_back(choices.region_shares[static_cast<size_t>(choices.regions.images[k])]);
    if (choices.labels[k] == 0) continue;
    rows.push_back(static_cast<int64_t>(k) * detector_.classes() + choices.labels[k] - 1);
    object_shares.push_back(shares.back());
    wanted.push_back(encode(choices.objects[k], choices.regions.boxes[k], boxes::kProposalWeights));
  }
  losses.classes = weighed(
      at::cross_entropy_loss(results[0], to_tensor(choices.labels), {}, kReduceNone), shares);
  if (!rows.empty())
    losses.boxes = weighed(code_loss(results[1].reshape({-1, 4}).index_select(0, to_tensor(rows)),
                                     wanted, settings_.regions.box_loss),
                           object_shares);
  return losses;
}

}  // namespace nasnet::libtorch
