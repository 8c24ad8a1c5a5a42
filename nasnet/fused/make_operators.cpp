// The one place that knows which class runs which kind of step.

#include "nasnet/fused/make_operators.h"

#include "nasnet/base/check.h"
#include "nasnet/fused/copy_operator.h"
#include "nasnet/fused/global_pool_operator.h"
#include "nasnet/fused/linear_operator.h"
#include "nasnet/fused/norm_operator.h"
#include "nasnet/fused/normalize_operator.h"
#include "nasnet/fused/output_operator.h"
#include "nasnet/fused/patches_convolution.h"
#include "nasnet/fused/pointwise_convolution.h"
#include "nasnet/fused/pool_operator.h"
#include "nasnet/fused/relu_operator.h"
#include "nasnet/fused/separable_convolution.h"
#include "nasnet/fused/upsample_operator.h"
#include "nasnet/fused/value_type.h"
#include "nasnet/fused/windows_convolution.h"
#include "nasnet/fused/winograd_convolution.h"

namespace nasnet::fused {
namespace {

template <class T>
using Made = std::unique_ptr<StepOperator<T>>;

/// An overload for each kind of step.
template <class T>
struct Maker {
  StepOf of;
  BatchNorm<T>* read;

  Made<T> operator()(const plan::Convolution&) const {
    const plan::Rows rows(of.graph, of.step,
                          {.training = of.plan.training, .values = kValueType<T>});
    if (rows.way == plan::Way::kNone) return std::make_unique<NormOperator<T>>(of, read, rows);
    if (rows.way == plan::Way::kPointwise)
      return std::make_unique<PointwiseConvolution<T>>(of, read, rows);
    if (rows.way == plan::Way::kSeparable)
      return std::make_unique<SeparableConvolution<T>>(of, read, rows);
    if constexpr (kValueType<T> == plan::ValueType::kBf16) {
      return std::make_unique<PatchesConvolution>(of, read, rows);
    } else {
      if (rows.way == plan::Way::kWinograd)
        return std::make_unique<WinogradConvolution>(of, read, rows);
      return std::make_unique<WindowsConvolution>(of, read, rows);
    }
  }
  Made<T> operator()(const plan::Pool&) const {
    return std::make_unique<PoolOperator<T>>(of, read);
  }
  Made<T> operator()(const plan::Copy&) const {
    return std::make_unique<CopyOperator<T>>(of, read);
  }
  Made<T> operator()(const plan::Upsample&) const {
    return std::make_unique<UpsampleOperator<T>>(of, read);
  }
  Made<T> operator()(const plan::Relu&) const {
    return std::make_unique<ReluOperator<T>>(of, read);
  }
  Made<T> operator()(const plan::Normalize&) const {
    return std::make_unique<NormalizeOperator<T>>(of, read);
  }
  Made<T> operator()(const plan::GlobalPool&) const {
    return std::make_unique<GlobalPoolOperator<T>>(of, read);
  }
  Made<T> operator()(const plan::Linear&) const {
    return std::make_unique<LinearOperator<T>>(of, read);
  }
  Made<T> operator()(const plan::Output&) const {
    return std::make_unique<OutputOperator<T>>(of, read);
  }
};

}  // namespace

template <class T>
Operators<T> make_operators(const graph::Graph& graph, const plan::Plan& plan) {
  Operators<T> operators;
  for (const plan::Step& step : plan.steps) {
    // In inference a norm is part of its convolution.
    const bool reads = plan.training && step.input.norm >= 0;
    NASNET_CHECK(!reads || step.input.norm < static_cast<int>(operators.size()),
                 "a norm's step stands before its readers");
    BatchNorm<T>* read = reads ? operators[step.input.norm]->norm() : nullptr;
    NASNET_CHECK(!reads || read, "an input that a step reads through a norm has one");
    operators.push_back(std::visit(Maker<T>{{graph, plan, step}, read}, step.kind));
  }
  // Once all are there: the other term of a sum may stand before or behind.
  for (size_t t = 0; t < operators.size(); ++t) {
    const plan::Term* term = plan::term_of(plan.steps[t]);
    if (!term || term->with < 0) continue;
    const auto of = [&](size_t k) {
      auto* one = dynamic_cast<TermOperator<T>*>(operators.at(k).get());
      NASNET_CHECK(one, "steps with terms are convolutions and copies");
      return one;
    };
    of(t)->set_other(of(term->with));
  }
  return operators;
}

template Operators<float> make_operators(const graph::Graph&, const plan::Plan&);
template Operators<kernels::Bf16> make_operators(const graph::Graph&, const plan::Plan&);

}  // namespace nasnet::fused
