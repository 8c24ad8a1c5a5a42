// A pool whose result nobody scales or adds is written to its place at once. Its gradient always
// adds: pools are often one of two readers, and their kernels add anyway.

#include "nasnet/fused/pool_operator.h"

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/kernels/terms.h"

namespace nasnet::fused {

template <class T>
PoolOperator<T>::PoolOperator(const StepOf& of, BatchNorm<T>* read)
    : StepOperator<T>(of, read), average_(of.op().kind == graph::OperatorKind::kAvgPool) {
  const graph::Operator& op = of.op();
  const graph::Shape& in = this->input_.shape();
  NASNET_CHECK(op.kernel_height == op.kernel_width && op.stride_height == op.stride_width,
               "windows of pools are squares");
  const kernels::Border border = plan::border_of(op, in);
  pool_shape_ = {.channels = in.channels,
                 .height = in.height,
                 .width = in.width,
                 .out_height = op.output.height,
                 .out_width = op.output.width,
                 .kernel = op.kernel_height,
                 .stride = op.stride_height,
                 .top = border.top,
                 .left = border.left,
                 .zeros = op.zeros};
}

template <class T>
void PoolOperator<T>::begin(const PassContext<T>& pass) {
  const auto& pool = std::get<plan::Pool>(this->of_.step.kind);
  factors_.draw(pass.graph, pass.how, pass.images, pool.drop);
  // Equal pools of a sum are computed once; their drop-path masks are drawn one by one.
  for (const int drop : pool.repeats) factors_.add(pass.graph, pass.how, pass.images, drop);
}

template <class T>
void PoolOperator<T>::pool(const PassContext<T>& pass, int64_t n, Channels some,
                           Scratch<T>& own) const {
  kernels::PoolShape shape = pool_shape_;
  shape.channels = some.count;
  shape.affine = this->input_.affine().from_channel(some.first);
  const kernels::Pixels<T> from = this->input_.values(pass).at(n).from_channel(some.first);
  const kernels::Pixels<T> into = pass.view(this->of_.step.output).at(n).from_channel(some.first);
  // Else by way of the scratch: the kernels overwrite, and know no factor.
  const bool direct = !this->of_.step.adds && factors_.are_ones();
  NASNET_DCHECK(direct || std::ssize(own.pooled) >= shape.result().pixels() * some.count,
                "the plan's scratch holds the pool");
  const kernels::Pixels<T> result = direct ? into : kernels::Pixels{own.pooled.data(), some.count};
  if (average_) {
    kernels::average_pool(from, shape, result);
  } else {
    kernels::max_pool(from, shape, result);
  }
  if (!direct)
    kernels::apply({.x = result, .factor = factors_.at(n)}, shape.result(), into, this->write());
}

/// With few images channels are shared out, whole vectors of them.
template <class T>
void PoolOperator<T>::infer(const PassContext<T>& pass) {
  const int64_t channels = this->shape().channels;
  const int64_t vectors = (channels + kernels::kLanes - 1) / kernels::kLanes;
  const int64_t parts = pass.workers.parts_of_image(pass.images, vectors);
  pass.workers.for_tasks(pass.images * parts, [&](int64_t task, Scratch<T>& own) {
    const int64_t part = task % parts;
    const int64_t first = vectors * part / parts * kernels::kLanes;
    const int64_t last = std::min(vectors * (part + 1) / parts * kernels::kLanes, channels);
    pool(pass, task / parts, {first, last - first}, own);
  });
}

template <class T>
void PoolOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) {
  pool(pass, n, {0, this->shape().channels}, own);
}

template <class T>
void PoolOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float*) {
  kernels::PoolShape shape = pool_shape_;
  shape.affine = this->input_.affine();
  const kernels::Pixels<T> into = this->input_.gradient(pass).at(n);
  kernels::Pixels<T> d = pass.gradient(this->of_.step.output).at(n);
  if (!factors_.are_ones()) {
    const kernels::Pixels scaled = {own.pooled.data(), shape.channels};
    kernels::apply({.x = d, .factor = factors_.at(n)}, shape.result(), scaled,
                   kernels::Write::kReplace);
    d = scaled;
  }
  if (average_) {
    kernels::average_pool_gradient(d, shape, into);
  } else {
    kernels::max_pool_gradient({.d = d, .x = this->input_.values(pass).at(n)}, shape, into);
  }
}

template class PoolOperator<float>;
template class PoolOperator<kernels::Bf16>;

}  // namespace nasnet::fused
