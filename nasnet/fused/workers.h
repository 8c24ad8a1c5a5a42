#pragma once

// Threads of an executor. Groups of images are fixed by the batch alone: which thread takes which
// does not matter to the results.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/base/thread_pool.h"
#include "nasnet/fused/scratch.h"
#include "nasnet/plan/limits.h"

namespace nasnet::fused {

/// Threads with their scratch memory; images are distributed over them.
template <class T>
class Workers {
 public:
  explicit Workers(int threads) { set_threads(threads); }

  void set_threads(int threads) {
    if (pool_ && threads == pool_->threads()) return;
    pool_ = std::make_unique<ThreadPool>(threads);
    if (std::ssize(scratch_) < threads) scratch_.resize(threads);
  }
  int threads() const { return pool_->threads(); }

  /// Makes each thread's scratch large enough.
  void fit(const plan::ScratchSizes& sizes) {
    for (Scratch<T>& own : scratch_) own.fit(sizes);
  }

  /// Before a step of these sizes: see Scratch::enter().
  void enter(const plan::ScratchSizes& sizes) {
    for (Scratch<T>& own : scratch_) own.enter(sizes);
  }

  /// Calls run(task, scratch) for `count` tasks on all threads.
  template <class Run>
  void for_tasks(int64_t count, Run run) {
    pool_->for_each(count, [&](int64_t task, int thread) { run(task, scratch_[thread]); });
  }

  /// Calls run(group, first image, image after the last, scratch) for so many groups of images.
  template <class Run>
  void for_groups(int64_t images, int count, Run run) {
    for_tasks(count, [&](int64_t group, Scratch<T>& own) {
      // Left by other images, or by an earlier stage.
      own.activated.reset();
      own.ahead.clear();
      run(static_cast<int>(group), images * group / count, images * (group + 1) / count, own);
    });
  }

  /// Calls run(image, scratch).
  template <class Run>
  void for_images(int64_t images, Run run) {
    for_groups(images, plan::groups_of(images, 0),
               [&](int, int64_t first, int64_t last, Scratch<T>& own) {
                 for (int64_t n = first; n < last; ++n) run(n, own);
               });
  }

  /// Parts to split an image into where there are fewer images than threads: at most `most`.
  int64_t parts_of_image(int64_t images, int64_t most) const {
    return std::clamp<int64_t>((threads() + images - 1) / images, 1, std::max<int64_t>(most, 1));
  }

 private:
  std::unique_ptr<ThreadPool> pool_;
  std::vector<Scratch<T>> scratch_;  // by thread
};

}  // namespace nasnet::fused
