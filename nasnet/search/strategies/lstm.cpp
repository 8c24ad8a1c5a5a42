#pragma GCC optimize("O3", "fp-contract=off")

#include "nasnet/search/strategies/lstm.h"

#include "nasnet/base/check.h"
#include "nasnet/search/strategies/controller_math.h"

namespace nasnet::search {

template <class T>
void LstmStep<T>::resize(size_t batch, size_t width) {
  gates.resize(batch * 4 * width);
  cell.resize(batch * width);
  tanh_c.resize(batch * width);
  hidden.resize(batch * width);
}

template <class T>
void lstm_forward(size_t batch, size_t width, const T* recurrent, const LstmStep<T>* previous,
                  LstmStep<T>& step) {
  const size_t h = width;
  NASNET_DCHECK(step.gates.size() == batch * 4 * h && step.cell.size() == batch * h);
  NASNET_DCHECK(previous == nullptr || previous->hidden.size() == batch * h);
  if (previous != nullptr)
    multiply_add({batch, h, 4 * h, h, 1, 4 * h, 4 * h}, previous->hidden.data(), recurrent,
                 step.gates.data());
  for (size_t b = 0; b < batch; ++b) {
    T* gates = step.gates.data() + b * 4 * h;
    sigmoid(gates, gates, 2 * h);
    tanh(gates + 2 * h, gates + 2 * h, h);
    sigmoid(gates + 3 * h, gates + 3 * h, h);
    T* cell = step.cell.data() + b * h;
    for (size_t j = 0; j < h; ++j) cell[j] = gates[j] * gates[2 * h + j];
    if (previous != nullptr) {
      const T* before = previous->cell.data() + b * h;
      for (size_t j = 0; j < h; ++j) cell[j] += gates[h + j] * before[j];
    }
    T* tanh_c = step.tanh_c.data() + b * h;
    tanh(cell, tanh_c, h);
    T* hidden = step.hidden.data() + b * h;
    for (size_t j = 0; j < h; ++j) hidden[j] = gates[3 * h + j] * tanh_c[j];
  }
}

template <class T>
void lstm_backward(size_t batch, size_t width, const LstmStep<T>* previous, const LstmStep<T>& step,
                   const T* d_hidden, T* d_cell, T* d_gates) {
  const size_t h = width;
  for (size_t b = 0; b < batch; ++b) {
    const T* gates = step.gates.data() + b * 4 * h;
    const T* tanh_c = step.tanh_c.data() + b * h;
    const T* before = previous == nullptr ? nullptr : previous->cell.data() + b * h;
    const T* dh = d_hidden + b * h;
    T* dc = d_cell + b * h;
    T* dz = d_gates + b * 4 * h;
    for (size_t j = 0; j < h; ++j) {
      const T in = gates[j], forget = gates[h + j], candidate = gates[2 * h + j];
      const T out = gates[3 * h + j];
      const T d = dc[j] + dh[j] * out * (1 - tanh_c[j] * tanh_c[j]);
      dz[j] = d * candidate * in * (1 - in);
      dz[h + j] = before == nullptr ? T(0) : d * before[j] * forget * (1 - forget);
      dz[2 * h + j] = d * in * (1 - candidate * candidate);
      dz[3 * h + j] = dh[j] * tanh_c[j] * out * (1 - out);
      dc[j] = d * forget;
    }
  }
}

template struct LstmStep<float>;
template struct LstmStep<double>;
template void lstm_forward(size_t, size_t, const float*, const LstmStep<float>*, LstmStep<float>&);
template void lstm_forward(size_t, size_t, const double*, const LstmStep<double>*,
                           LstmStep<double>&);
template void lstm_backward(size_t, size_t, const LstmStep<float>*, const LstmStep<float>&,
                            const float*, float*, float*);
template void lstm_backward(size_t, size_t, const LstmStep<double>*, const LstmStep<double>&,
                            const double*, double*, double*);

}  // namespace nasnet::search
