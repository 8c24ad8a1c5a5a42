#include "nasnet/fused/pool_operator.h"

#include <algorithm>

#include "nasnet/kernels/elementwise.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

template <class T>
PoolOperator<T>::PoolOperator(const StepOf& of, BatchNorm<T>* read)
    : StepOperator<T>(of, read), average_(of.op().kind == graph::OperatorKind::kAvgPool) {
  const graph::Operator& op = of.op();
  const graph::Shape& in = this->input_.shape();
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
  for (const int drop : pool.repeats) factors_.add(pass.graph, pass.how, pass.images, drop);
}

template <class T>
void PoolOperator<T>::pool(const PassContext<T>& pass, int64_t n, int64_t first, int64_t last,
                           Scratch<T>& own) const {
  kernels::PoolShape shape = pool_shape_;
  shape.channels = static_cast<int>(last - first);
  shape.affine = this->input_.affine().from(first);
  const View<T> from = this->input_.values(pass), into = pass.view(this->of_.step.output);
  const bool direct = !this->of_.step.adds && factors_.are_ones();
  T* result = direct ? into.at(n) + first : own.pooled.data();
  const int64_t stride = direct ? into.stride : shape.channels;
  if (average_) {
    kernels::average_pool(from.at(n) + first, from.stride, shape, result, stride);
  } else {
    kernels::max_pool(from.at(n) + first, from.stride, shape, result, stride);
  }
  if (!direct)
    kernels::apply(result, stride, plan::pixels(this->shape()), shape.channels, {}, factors_.at(n),
                   into.at(n) + first, into.stride, this->of_.step.adds);
}

/// With few images channels are shared out, whole vectors of them.
template <class T>
void PoolOperator<T>::infer(const PassContext<T>& pass) {
  const int64_t channels = this->shape().channels;
  const int64_t vectors = (channels + kernels::kLanes - 1) / kernels::kLanes;
  const int64_t parts = pass.workers.parts_of_image(pass.images, vectors);
  pass.workers.for_tasks(pass.images * parts, [&](int64_t task, Scratch<T>& own) {
    const int64_t part = task % parts;
    pool(pass, task / parts, vectors * part / parts * kernels::kLanes,
         std::min(vectors * (part + 1) / parts * kernels::kLanes, channels), own);
  });
}

template <class T>
void PoolOperator<T>::forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) {
  pool(pass, n, 0, this->shape().channels, own);
}

template <class T>
void PoolOperator<T>::backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float*) {
  kernels::PoolShape shape = pool_shape_;
  shape.affine = this->input_.affine();
  const View<T> from = this->input_.values(pass), d = pass.gradient(this->of_.step.output),
                into = this->input_.gradient(pass);
  const T* above = d.at(n);
  int64_t stride = d.stride;
  if (!factors_.are_ones()) {
    kernels::apply(above, stride, plan::pixels(this->shape()), shape.channels, {}, factors_.at(n),
                   own.pooled.data(), shape.channels, false);
    above = own.pooled.data();
    stride = shape.channels;
  }
  if (average_) {
    kernels::average_pool_gradient(above, stride, shape, into.at(n), into.stride);
  } else {
    kernels::max_pool_gradient(from.at(n), from.stride, above, stride, shape, into.at(n),
                               into.stride);
  }
}

template class PoolOperator<float>;
template class PoolOperator<kernels::Bf16>;

}  // namespace nasnet::fused
