#pragma once

#include <cstddef>
#include <vector>

namespace nasnet::search {

/// One layer of long short-term memory (Hochreiter & Schmidhuber 1997), a batch at a time, on raw
/// row-major buffers. Gates in order: input, forget, candidate, output:
///   z = x + h_prev W;  i, f, o = sigmoid(z_i, z_f, z_o);  g = tanh(z_g)
///   c = f c_prev + i g;  h = o tanh(c)
/// x, the input's share of the pre-activations, comes from the caller, the bias in it.
template <class T>
struct LstmStep {
  std::vector<T> gates;   ///< batch x 4H; holds x before the step, the activations after it
  std::vector<T> cell;    ///< batch x H: c
  std::vector<T> tanh_c;  ///< batch x H
  std::vector<T> hidden;  ///< batch x H: h

  void resize(size_t batch, size_t width);
};

/// Computes `step`, whose gates hold x before it, for a batch of candidates and H = `width` units.
/// `previous` is nullptr at the first step, whose h_prev and c_prev are 0. `recurrent` is W, H x
/// 4H.
template <class T>
void lstm_forward(size_t batch, size_t width, const T* recurrent, const LstmStep<T>* previous,
                  LstmStep<T>& step);

/// Back through one step: takes the gradients by h and c, gives that by z (batch x 4H) and replaces
/// `d_cell` by the gradient by c_prev. The gradient by h_prev is d_gates W^T, left to the caller.
template <class T>
void lstm_backward(size_t batch, size_t width, const LstmStep<T>* previous, const LstmStep<T>& step,
                   const T* d_hidden, T* d_cell, T* d_gates);

}  // namespace nasnet::search
