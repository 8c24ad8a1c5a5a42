// Two exchanges a step: pieces of nodes to whoever adds them up, and the sums back to all. For a
// power of two of processes that is the volume of any all-reduce.

#include "nasnet/train/group_sum.h"

#include <algorithm>

#include "nasnet/base/check.h"

namespace nasnet::train {
namespace {

ReplicaRange replicas_of(int64_t replicas, int rank, int size) {
  return {replicas * rank / size, replicas * (rank + 1) / size};
}

/// The nodes that wait when one process has pushed its replicas.
std::vector<TreeSum::Node> nodes_of(ReplicaRange own, int64_t replicas) {
  TreeSum sum(replicas, [](size_t, size_t) {});
  for (int64_t r = own.first; r < own.last; ++r) sum.push_replica(r);
  return sum.nodes();
}

struct Slice {
  size_t first, count;
};

/// The values that one process adds up.
Slice slice_of(size_t values, int rank, int size) {
  const size_t first = values * static_cast<size_t>(rank) / static_cast<size_t>(size);
  return {first, values * static_cast<size_t>(rank + 1) / static_cast<size_t>(size) - first};
}

std::span<float> cut(std::span<float> row, Slice slice) {
  return row.subspan(slice.first, slice.count);
}

/// Adds up pieces of equal length, one a node of all processes, into the first of them.
void add_up(int64_t replicas, const std::vector<TreeSum::Node>& nodes,
            const std::vector<std::span<float>>& pieces) {
  std::vector<std::span<float>> waiting;
  TreeSum sum(replicas, [&](size_t to, size_t from) {
    std::ranges::transform(waiting[to], waiting[from], waiting[to].begin(), std::plus<float>());
  });
  for (size_t i = 0; i < nodes.size(); ++i) {
    waiting.resize(sum.place());
    waiting.push_back(pieces[i]);
    sum.push(nodes[i]);
  }
  NASNET_CHECK(sum.nodes().size() == 1, "the processes' nodes make the whole sum");
}

}  // namespace

ReplicaRange own_replicas(int64_t replicas, const group::Group* group) {
  return group ? replicas_of(replicas, group->rank(), group->size()) : ReplicaRange{0, replicas};
}

void sum_over_group(group::Group& group, int64_t replicas, std::span<const std::span<float>> rows) {
  const int size = group.size(), own = group.rank();
  NASNET_CHECK(!rows.empty() && replicas >= size, "each process has replicas");
  const size_t values = rows[0].size();
  const Slice mine = slice_of(values, own, size);

  std::vector<TreeSum::Node> nodes;
  std::vector<std::vector<float>> others;  // their pieces of the own slice
  std::vector<std::span<float>> pieces;
  std::vector<group::Group::Outgoing> sent;
  std::vector<group::Group::Incoming> received;
  for (int rank = 0; rank < size; ++rank) {
    const auto theirs = nodes_of(replicas_of(replicas, rank, size), replicas);
    nodes.insert(nodes.end(), theirs.begin(), theirs.end());
    if (rank == own) {
      NASNET_CHECK(theirs.size() == rows.size(), "a row for each node that waits");
      for (const std::span<float> row : rows) pieces.push_back(cut(row, mine));
      continue;
    }
    for (size_t k = 0; k < theirs.size(); ++k) {
      pieces.emplace_back(others.emplace_back(mine.count));
      received.push_back({rank, std::as_writable_bytes(pieces.back())});
    }
    for (const std::span<float> row : rows)
      sent.push_back({rank, std::as_bytes(cut(row, slice_of(values, rank, size)))});
  }
  group.exchange(sent, received);
  add_up(replicas, nodes, pieces);
  const std::span<float> sum = rows[0];
  if (pieces[0].data() != cut(sum, mine).data())
    std::ranges::copy(pieces[0], cut(sum, mine).begin());

  sent.clear();
  received.clear();
  for (int rank = 0; rank < size; ++rank) {
    if (rank == own) continue;
    sent.push_back({rank, std::as_bytes(cut(sum, mine))});
    received.push_back({rank, std::as_writable_bytes(cut(sum, slice_of(values, rank, size)))});
  }
  group.exchange(sent, received);
  for (const std::span<float> row : rows.subspan(1)) std::ranges::fill(row, 0.0f);
}

}  // namespace nasnet::train
