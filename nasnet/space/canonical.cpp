#include "nasnet/space/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "nasnet/base/check.h"

// The canonical form of a small graph with labels, by which a search knows a candidate that it has
// met before. Classes of nodes are refined until they settle; where nodes stay alike each is
// singled out in turn, and the least of the texts is kept.

namespace nasnet::space {
namespace {

/// Bounds the time for graphs of much symmetry, which would take a factorial number of trials; see
/// canonical_text().
constexpr int kMostTrials = 2000;

/// An edge seen from one of its ends: the label's number and the other end.
using Edge = std::pair<int, int>;

class Canonical {
 public:
  explicit Canonical(const LabelledGraph& graph) : graph_(graph), n_(graph.nodes.size()) {
    // Labels become their numbers in sorted order, which no numbering of the nodes changes.
    std::vector<std::string> labels;
    for (const auto& node : graph.nodes)
      for (const auto& read : node.reads) labels.push_back(read.label);
    std::sort(labels.begin(), labels.end());
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    reads_.resize(n_);
    readers_.resize(n_);
    for (size_t i = 0; i < n_; ++i) {
      for (const auto& read : graph.nodes[i].reads) {
        NASNET_CHECK(read.node >= 0 && read.node < static_cast<int>(n_));
        const auto label = std::lower_bound(labels.begin(), labels.end(), read.label);
        const int number = static_cast<int>(label - labels.begin());
        reads_[i].push_back({number, read.node});
        readers_[read.node].push_back({number, static_cast<int>(i)});
      }
    }
    for (auto* edges : {&reads_, &readers_})
      for (auto& list : *edges) std::sort(list.begin(), list.end());
  }

  std::string text() {
    std::vector<std::string> keys;
    for (const auto& node : graph_.nodes) keys.push_back(node.label);
    search(refined(classes_of(keys)));
    NASNET_CHECK(n_ == 0 || !best_.empty(), "every graph has a text");
    return best_;
  }

 private:
  using Classes = std::vector<int>;

  /// Equal keys share a class; classes are numbered in the order of the keys.
  template <class Key>
  Classes classes_of(const std::vector<Key>& keys) const {
    std::vector<size_t> order(n_);
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys[a] < keys[b]; });
    Classes classes(n_);
    int next = -1;
    for (size_t i = 0; i < n_; ++i) {
      if (i == 0 || keys[order[i - 1]] < keys[order[i]]) ++next;
      classes[order[i]] = next;
    }
    return classes;
  }

  /// How many classes there are: as many as nodes once all are told apart.
  static int count(const Classes& classes) {
    return classes.empty() ? 0 : *std::max_element(classes.begin(), classes.end()) + 1;
  }

  /// A node's edges with the classes of their other ends in place of the nodes' numbers.
  static std::vector<Edge> seen(const std::vector<Edge>& edges, const Classes& classes) {
    std::vector<Edge> result;
    for (const auto& [label, node] : edges) result.push_back({label, classes[node]});
    std::sort(result.begin(), result.end());
    return result;
  }

  /// Splits classes by what their nodes read and by who reads them, until no class splits further.
  Classes refined(Classes classes) const {
    for (;;) {
      std::vector<std::tuple<int, std::vector<Edge>, std::vector<Edge>>> keys;
      for (size_t i = 0; i < n_; ++i)
        keys.emplace_back(classes[i], seen(reads_[i], classes), seen(readers_[i], classes));
      Classes next = classes_of(keys);
      if (count(next) == count(classes)) return next;
      classes = std::move(next);
    }
  }

  /// Writes the graph where each node has a class of its own; else singles out each node of the
  /// first class of several, and goes on with each of the results.
  void search(const Classes& classes) {
    std::vector<int> sizes(count(classes), 0);
    for (const int c : classes) ++sizes[c];
    const auto tied = std::find_if(sizes.begin(), sizes.end(), [](int size) { return size > 1; });
    if (tied == sizes.end()) {
      std::string text = written(classes);
      if (trials_++ == 0 || text < best_) best_ = std::move(text);
      return;
    }
    const int chosen = static_cast<int>(tied - sizes.begin());
    // Nodes with the same edges can be exchanged without changing the graph: one of them is enough.
    std::set<std::pair<std::vector<Edge>, std::vector<Edge>>> tried;
    for (size_t i = 0; i < n_; ++i) {
      if (classes[i] != chosen || !tried.insert({reads_[i], readers_[i]}).second) continue;
      if (trials_ >= kMostTrials) return;
      // Leaves room below each class: the chosen node comes just before its likes.
      Classes next = classes;
      for (int& c : next) c = 2 * c + 1;
      --next[i];
      search(refined(classes_of(next)));
    }
  }

  /// The graph with its nodes in the order of their classes, each alone in its own.
  std::string written(const Classes& classes) const {
    std::vector<size_t> order(n_);
    for (size_t i = 0; i < n_; ++i) order[classes[i]] = i;
    std::string text;
    for (const size_t i : order) {
      std::vector<std::pair<int, std::string>> reads;
      for (const auto& read : graph_.nodes[i].reads)
        reads.push_back({classes[read.node], read.label});
      std::sort(reads.begin(), reads.end());
      text += graph_.nodes[i].label + "(";
      for (const auto& [node, label] : reads) text += fmt::format(" {}:{}", label, node);
      text += " )";
    }
    return text;
  }

  const LabelledGraph& graph_;
  size_t n_;
  std::vector<std::vector<Edge>> reads_, readers_;  // sorted
  int trials_ = 0;
  std::string best_;
};

}  // namespace

std::string canonical_text(const LabelledGraph& graph) {
  return Canonical(graph).text();
}

}  // namespace nasnet::space
