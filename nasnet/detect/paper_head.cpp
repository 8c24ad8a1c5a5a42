#include "nasnet/detect/paper_head.h"

#include "nasnet/graph/build.h"

// The classifier cut in two, as TensorFlow's detection API does (faster_rcnn_nas): proposals from
// the trunk, and the tail over each crop as the box head. The tail of 300 proposals costs as much
// as 9 (large stack) to 32 (mobile) trunks.

namespace nasnet::detect {

DenseGraph make_paper_dense(const space::Genotype& genotype, const BackboneSettings& settings,
                            const graph::Shape& canvas) {
  graph::Graph whole = make_backbone(genotype, settings, canvas);
  graph::Builder builder(whole);
  builder.begin_section(kMapsSection, {}, {});
  const int map = builder.concat(graph::trunk_ends(whole));
  constexpr int kChannels = 512;  // of the released detector's proposal head, whatever the map's
  return finish_dense(whole, builder, {map}, 1, {16}, {kChannels, settings.anchors_per_place});
}

HeadGraph make_paper_head(const space::Genotype& genotype, const BackboneSettings& settings,
                          int edge, int classes) {
  HeadGraph head;
  head.graph = graph::build_tail(genotype, settings.stack, edge, edge);
  set_batch_norms(head.graph, settings.batch_norm);
  graph::Builder builder(head.graph);
  builder.begin_section("box head", builder.shape(head.graph.endpoint("features")), {});
  const int pooled = builder.global_pool(head.graph.endpoint("features"));
  head.outputs = {builder.linear(pooled, "box_head/classes", classes + 1),
                  builder.linear(pooled, "box_head/codes", 4 * classes)};
  builder.start_with(head.outputs[0], 0.01);
  builder.start_with(head.outputs[1], 0.001);
  builder.end_section(head.outputs[0]);
  return head;
}

DetectorSettings paper_settings() {
  DetectorSettings settings;
  ProposalSettings& proposals = settings.proposals;
  proposals.anchors = {{.sizes = {64, 128, 256, 512}, .ratios = {2, 1, 0.5}}};
  // More than there are anchors: suppression sees all of them.
  proposals.per_level = proposals.per_level_training = 1 << 20;
  // The API's default; the sample configurations have 500 and 50.
  proposals.kept = proposals.kept_training = 300;
  proposals.match.rescue = boxes::MatchSettings::Rescue::kFirst;
  proposals.weights = boxes::kProposalWeights;
  proposals.box_loss = {.smooth = 1, .weight = 2};
  proposals.inside_only = true;
  RegionSettings& regions = settings.regions;
  regions.edge = 17;
  regions.corners = true;
  regions.sample = {.count = 64, .objects = 0.25};
  regions.box_loss = {.smooth = 1, .weight = 2};
  regions.with_objects = false;
  settings.mean_by_image = true;
  settings.detections = {.score = 0, .overlap = 0.6, .most = 100};
  return settings;
}

}  // namespace nasnet::detect
