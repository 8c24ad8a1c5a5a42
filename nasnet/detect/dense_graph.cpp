#include "nasnet/detect/dense_graph.h"

#include <fmt/format.h>

namespace nasnet::detect {
namespace {

/// A convolution with a bias; `filters` of `kernel` x `kernel`.
int biased(graph::Builder& builder, int x, const std::string& scope, int filters, int kernel) {
  return builder.bias(builder.conv(x, scope, filters, kernel), scope);
}

/// The same over several maps.
class Shared {
 public:
  Shared(graph::Builder& builder, std::string scope, int filters, int kernel)
      : builder_(builder), scope_(std::move(scope)), filters_(filters), kernel_(kernel) {}

  int operator()(int x) {
    if (conv_ < 0) {
      conv_ = builder_.conv(x, scope_, filters_, kernel_);
      return bias_ = builder_.bias(conv_, scope_);
    }
    return builder_.again(bias_, builder_.again(conv_, x));
  }

 private:
  graph::Builder& builder_;
  std::string scope_;
  int filters_, kernel_;
  int conv_ = -1, bias_ = -1;
};

}  // namespace

std::vector<int> add_pyramid(graph::Builder& builder, const std::vector<int>& maps, int channels) {
  const auto scope = [](const char* part, size_t level) {
    return fmt::format("pyramid/{}_{}", part, level);
  };
  std::vector<int> merged(maps.size());
  for (size_t level = maps.size(); level-- > 0;) {
    merged[level] = biased(builder, maps[level], scope("lateral", level), channels, 1);
    if (level + 1 < maps.size())
      merged[level] =
          builder.add(merged[level], builder.upsample(merged[level + 1], merged[level]));
  }
  std::vector<int> levels;
  for (size_t level = 0; level < maps.size(); ++level)
    levels.push_back(biased(builder, merged[level], scope("output", level), channels, 3));
  levels.push_back(builder.pool(graph::OperatorKind::kMaxPool, levels.back(), 1, 2));
  return levels;
}

std::vector<int> add_proposal_heads(graph::Builder& builder, const std::vector<int>& levels,
                                    int anchors_per_place) {
  const int channels = builder.shape(levels.at(0)).channels;
  Shared tower(builder, "proposals/tower", channels, 3);
  Shared objectness(builder, "proposals/objectness", anchors_per_place, 1);
  Shared codes(builder, "proposals/codes", 4 * anchors_per_place, 1);
  std::vector<int> heads;
  for (const int level : levels) {
    const int read = builder.relu(tower(level));
    heads.push_back(objectness(read));
    heads.push_back(codes(read));
  }
  return heads;
}

HeadGraph make_head(int inputs, int hidden, int classes) {
  constexpr int kRows = 64;  // enough for a matrix product, few enough for all threads
  HeadGraph head;
  head.rows = kRows;
  head.graph.settings.input = {1, kRows, inputs};
  graph::Builder builder(head.graph);
  builder.begin_section("box head", head.graph.settings.input, {});
  const int rows = builder.input(head.graph.settings.input);
  const int first = builder.relu(biased(builder, rows, "box_head/hidden_0", hidden, 1));
  const int second = builder.relu(biased(builder, first, "box_head/hidden_1", hidden, 1));
  head.outputs = {biased(builder, second, "box_head/classes", classes + 1, 1),
                  biased(builder, second, "box_head/codes", 4 * classes, 1)};
  builder.end_section(head.outputs[0]);
  return head;
}

}  // namespace nasnet::detect
