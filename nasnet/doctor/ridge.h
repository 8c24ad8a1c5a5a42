#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "nasnet/base/thread_pool.h"

namespace nasnet::doctor {

/// Linear models by least squares with a ridge, one a fold, each fitted to the rows of the other
/// folds: a row is never judged by a model that saw it. Targets are 1 for a row's class and 0 for
/// the others, less their means. The same bits with any number of threads.
class CrossRidge {
 public:
  struct Task {
    int64_t rows = 0;
    int features = 0, classes = 0, folds = 0;
    std::function<void(int64_t row, float* values)> write;  ///< its features; from any thread
    std::function<int(int64_t row)> label, fold;
  };
  /// Throws Interrupted.
  CrossRidge(Task task, ThreadPool& pool);

  /// The scores of all classes, by the model that did not see the row.
  void predict(int64_t row, float* scores) const;

 private:
  void standardise(ThreadPool& pool);
  void fit(ThreadPool& pool);
  void write_row(int64_t row, float* values) const;

  Task task_;
  std::vector<float> mean_, scale_;
  /// By fold: features x classes, and the classes' means.
  std::vector<std::vector<float>> weights_, intercepts_;
};

}  // namespace nasnet::doctor
