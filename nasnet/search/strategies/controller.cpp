#pragma GCC optimize("O3", "fp-contract=off")

#include "nasnet/search/strategies/controller.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"
#include "nasnet/search/strategies/controller_math.h"

namespace nasnet::search {
namespace {

/// Logits to log-probabilities in place; the entropy of the distribution.
template <class T>
T log_softmax(T* row, size_t n) {
  const T top = *std::max_element(row, row + n);
  T sum = 0;
  for (size_t k = 0; k < n; ++k) sum += std::exp(row[k] - top);
  const T log_sum = top + std::log(sum);
  T entropy = 0;
  for (size_t k = 0; k < n; ++k) {
    row[k] -= log_sum;
    entropy -= std::exp(row[k]) * row[k];
  }
  return entropy;
}

template <class T>
std::vector<T> transposed(const T* matrix, size_t rows, size_t columns) {
  std::vector<T> result(rows * columns);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j) result[j * rows + i] = matrix[i * columns + j];
  return result;
}

}  // namespace

template <class T>
Controller<T>::Controller(const std::vector<space::Decision>& decisions, int hidden, uint64_t seed)
    : hidden_(hidden) {
  std::vector<size_t> kinds;  // the most choices of each kind
  for (const space::Decision& decision : decisions) {
    NASNET_CHECK(decision.kind >= 0 && decision.choices > 0, "a decision has a kind and choices");
    const size_t kind = decision.kind, choices = decision.choices;
    if (kind >= kinds.size()) kinds.resize(kind + 1, 0);
    kinds[kind] = std::max(kinds[kind], choices);
  }
  std::vector<size_t> first_row(kinds.size() + 1, 1);  // row 0 is the first step's
  for (size_t k = 0; k < kinds.size(); ++k) first_row[k + 1] = first_row[k] + kinds[k];
  bias_ = row_offset(first_row.back());
  recurrent_ = bias_ + 4 * hidden_;
  size_t end = recurrent_ + hidden_ * 4 * hidden_;
  for (const space::Decision& decision : decisions) {
    Head head{};
    head.choices = decision.choices;
    head.weights = end;
    head.bias = end + hidden_ * head.choices;
    head.input_rows = first_row[decision.kind];
    end = head.bias + head.choices;
    heads_.push_back(head);
  }
  parameters_.resize(end);
  Random random(seed, 0, "controller weights");
  for (T& parameter : parameters_) parameter = static_cast<T>(0.2 * random.uniform() - 0.1);
}

template <class T>
size_t Controller<T>::input_row(const Tape& tape, size_t candidate, size_t step) const {
  if (step == 0) return 0;
  return heads_[step - 1].input_rows + tape.choices[candidate][step - 1];
}

/// Decision after decision, all candidates of the batch side by side: the products are then of
/// matrices, and each step's input is the choice that `choose` has just made.
template <class T>
void Controller<T>::run(size_t batch, const std::function<int(size_t, size_t, const T*)>& choose,
                        Tape& tape) const {
  const T* theta = parameters_.data();
  const size_t gates = 4 * hidden_;
  tape.batch = batch;
  tape.choices.assign(batch, space::Choices(steps(), 0));
  tape.lstm.resize(steps());
  tape.log_p.resize(steps());
  tape.log_probability.resize(batch * steps());
  tape.entropy.resize(batch * steps());
  for (size_t t = 0; t < steps(); ++t) {
    LstmStep<T>& step = tape.lstm[t];
    step.resize(batch, hidden_);
    for (size_t b = 0; b < batch; ++b) {
      const T* row = theta + row_offset(input_row(tape, b, t));
      for (size_t j = 0; j < gates; ++j) step.gates[b * gates + j] = theta[bias_ + j] + row[j];
    }
    lstm_forward(batch, hidden_, theta + recurrent_, t == 0 ? nullptr : &tape.lstm[t - 1], step);
    const Head& head = heads_[t];
    std::vector<T>& log_p = tape.log_p[t];
    log_p.resize(batch * head.choices);
    for (size_t b = 0; b < batch; ++b)
      std::copy_n(theta + head.bias, head.choices, log_p.data() + b * head.choices);
    multiply_add({batch, hidden_, head.choices, hidden_, 1, head.choices, head.choices},
                 step.hidden.data(), theta + head.weights, log_p.data());
    for (size_t b = 0; b < batch; ++b) {
      T* row = log_p.data() + b * head.choices;
      tape.entropy[b * steps() + t] = log_softmax(row, head.choices);
      const int choice = choose(b, t, row);
      NASNET_DCHECK(choice >= 0 && choice < std::ssize(tape.log_p[t]));
      tape.choices[b][t] = choice;
      tape.log_probability[b * steps() + t] = row[choice];
    }
  }
}

template <class T>
void Controller<T>::sample(size_t batch, const std::function<double(size_t)>& uniform,
                           Tape& tape) const {
  run(
      batch,
      [&](size_t b, size_t t, const T* log_p) {
        double left = uniform(b);
        const int last = static_cast<int>(heads_[t].choices) - 1;
        int choice = 0;
        while (choice < last && (left -= std::exp(static_cast<double>(log_p[choice]))) >= 0)
          ++choice;
        return choice;
      },
      tape);
}

template <class T>
void Controller<T>::forward(const std::vector<space::Choices>& choices, Tape& tape) const {
  run(
      choices.size(), [&](size_t b, size_t t, const T*) { return choices[b][t]; }, tape);
}

template <class T>
void Controller<T>::backward(const Tape& tape, const std::vector<T>& d_log_probability,
                             const std::vector<T>& d_entropy, std::vector<T>& gradient) const {
  const T* theta = parameters_.data();
  const size_t batch = tape.batch, gates = 4 * hidden_;
  NASNET_CHECK(tape.lstm.size() == steps() && d_log_probability.size() == batch * steps() &&
                   d_entropy.size() == batch * steps(),
               "a gradient for each decision on the tape");
  gradient.assign(parameters_.size(), T(0));
  const std::vector<T> recurrent_t = transposed(theta + recurrent_, hidden_, gates);
  std::vector<T> d_hidden(batch * hidden_, T(0)), d_cell(batch * hidden_, T(0));
  std::vector<T> d_gates(batch * gates), d_logits;
  for (size_t t = steps(); t-- > 0;) {
    const Head& head = heads_[t];
    const size_t n = head.choices;
    const LstmStep<T>& step = tape.lstm[t];
    d_logits.assign(batch * n, T(0));
    for (size_t b = 0; b < batch; ++b) {
      const T d_log = d_log_probability[b * steps() + t], d_ent = d_entropy[b * steps() + t];
      const T entropy = tape.entropy[b * steps() + t];
      for (size_t k = 0; k < n; ++k) {
        const T log_p = tape.log_p[t][b * n + k], p = std::exp(log_p);
        const T hit = static_cast<int>(k) == tape.choices[b][t] ? T(1) : T(0);
        // Of log p(choice) by logit k: [k = choice] - p_k; of the entropy H: -p_k (log p_k + H).
        d_logits[b * n + k] = d_log * (hit - p) - d_ent * p * (log_p + entropy);
        gradient[head.bias + k] += d_logits[b * n + k];
      }
    }
    multiply_add({hidden_, batch, n, 1, hidden_, n, n}, step.hidden.data(), d_logits.data(),
                 gradient.data() + head.weights);
    const std::vector<T> weights_t = transposed(theta + head.weights, hidden_, n);
    multiply_add({batch, n, hidden_, n, 1, hidden_, hidden_}, d_logits.data(), weights_t.data(),
                 d_hidden.data());
    const LstmStep<T>* previous = t == 0 ? nullptr : &tape.lstm[t - 1];
    lstm_backward(batch, hidden_, previous, step, d_hidden.data(), d_cell.data(), d_gates.data());
    for (size_t b = 0; b < batch; ++b) {
      const T* from = d_gates.data() + b * gates;
      T* row = gradient.data() + row_offset(input_row(tape, b, t));
      for (size_t j = 0; j < gates; ++j) row[j] += from[j];
      for (size_t j = 0; j < gates; ++j) gradient[bias_ + j] += from[j];
    }
    if (previous == nullptr) break;
    multiply_add({hidden_, batch, gates, 1, hidden_, gates, gates}, previous->hidden.data(),
                 d_gates.data(), gradient.data() + recurrent_);
    std::fill(d_hidden.begin(), d_hidden.end(), T(0));
    multiply_add({batch, gates, hidden_, gates, 1, hidden_, hidden_}, d_gates.data(),
                 recurrent_t.data(), d_hidden.data());
  }
}

template class Controller<float>;
template class Controller<double>;

}  // namespace nasnet::search
