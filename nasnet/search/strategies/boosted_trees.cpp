#include "nasnet/search/strategies/boosted_trees.h"

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <limits>
#include <string>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

namespace nasnet::search {
namespace {

void demand(int status) {
  if (status != 0) throw Error(fmt::format("XGBoost failed: {}", XGBGetLastError()));
}

/// The rows as XGBoost holds them.
class Matrix {
 public:
  explicit Matrix(const FeatureRows& features) {
    demand(XGDMatrixCreateFromMat(features.values.data(), features.rows(), features.columns,
                                  std::numeric_limits<float>::quiet_NaN(), &handle_));
  }
  ~Matrix() { XGDMatrixFree(handle_); }
  Matrix(const Matrix&) = delete;
  DMatrixHandle handle() const { return handle_; }

 private:
  DMatrixHandle handle_ = nullptr;
};

}  // namespace

BoostedTrees::BoostedTrees(const FeatureRows& features, const std::vector<float>& targets,
                           const TreeSettings& settings, const std::vector<uint32_t>& seeds) {
  NASNET_CHECK(features.columns > 0 && features.values.size() % features.columns == 0 &&
                   targets.size() == features.rows(),
               "a target for each row of features");
  const Matrix matrix(features);
  demand(XGDMatrixSetFloatInfo(matrix.handle(), "label", targets.data(), targets.size()));
  const DMatrixHandle handle = matrix.handle();
  for (const uint32_t seed : seeds) {
    BoosterHandle booster = nullptr;
    demand(XGBoosterCreate(&handle, 1, &booster));
    boosters_.emplace_back(booster, XGBoosterFree);
    const std::pair<const char*, std::string> parameters[] = {
        {"verbosity", "0"},
        {"nthread", "1"},
        {"tree_method", "hist"},
        {"objective", "reg:squarederror"},
        {"base_score", "0"},
        {"disable_default_eval_metric", "1"},
        {"max_depth", std::to_string(settings.depth)},
        {"eta", fmt::format("{}", settings.rate)},
        {"subsample", "0.8"},
        {"colsample_bynode", "0.7"},
        {"seed", std::to_string(seed & 0x7fffffffu)},
        {"seed_per_iteration", "1"},
    };
    for (const auto& [name, value] : parameters)
      demand(XGBoosterSetParam(booster, name, value.c_str()));
    for (int i = 0; i < settings.rounds; ++i)
      demand(XGBoosterUpdateOneIter(booster, i, matrix.handle()));
  }
}

std::vector<std::vector<float>> BoostedTrees::predict(const FeatureRows& features) const {
  std::vector<std::vector<float>> predictions(boosters_.size());
  if (features.rows() == 0) return predictions;
  const Matrix matrix(features);
  constexpr const char* kConfig =
      R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false})";
  for (size_t m = 0; m < boosters_.size(); ++m) {
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    demand(XGBoosterPredictFromDMatrix(boosters_[m].get(), matrix.handle(), kConfig, &shape,
                                       &dimensions, &values));
    NASNET_CHECK(dimensions == 1 && shape[0] == features.rows(), "one prediction for each row");
    predictions[m].assign(values, values + features.rows());
  }
  return predictions;
}

}  // namespace nasnet::search
