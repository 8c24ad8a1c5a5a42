#pragma once

#include <functional>
#include <vector>

#include "nasnet/search/strategies/lstm.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// The policy of the paper (appendix A.2): a one-layer LSTM that makes the decisions of a space one
/// after another, a softmax a decision; a candidate's probability is their product. The input of a
/// step is the previous decision as a one-hot vector of (kind, choice), that is a learned row added
/// to the gates (our choice: the paper does not say); the first step's has a row of its own.
///
/// T is float for work; double serves the comparison of the gradients with finite differences.
template <class T>
class Controller {
 public:
  /// Parameters uniform in [-0.1, 0.1].
  Controller(const std::vector<space::Decision>& decisions, int hidden, uint64_t seed);

  size_t steps() const { return heads_.size(); }
  std::vector<T>& parameters() { return parameters_; }
  const std::vector<T>& parameters() const { return parameters_; }

  /// Values that a forward pass leaves for the backward pass.
  struct Tape {
    size_t batch = 0;
    std::vector<space::Choices> choices;
    std::vector<LstmStep<T>> lstm;      ///< one a step
    std::vector<std::vector<T>> log_p;  ///< one a step: batch x choices, log of the softmax
    std::vector<T> log_probability;     ///< batch x steps: of the choice made
    std::vector<T> entropy;             ///< batch x steps, in nats
  };

  /// Draws `batch` candidates and leaves their tape; uniform(i) gives candidate i's next number in
  /// [0, 1), called once a decision.
  void sample(size_t batch, const std::function<double(size_t)>& uniform, Tape& tape) const;
  /// The probabilities of given candidates, as a tape; each has a choice for every decision.
  void forward(const std::vector<space::Choices>& choices, Tape& tape) const;
  /// The gradient by the parameters, from those by tape.log_probability and by tape.entropy (batch
  /// x steps): backpropagation through time, for the parameters that the tape was made with.
  void backward(const Tape& tape, const std::vector<T>& d_log_probability,
                const std::vector<T>& d_entropy, std::vector<T>& gradient) const;

 private:
  struct Head {
    size_t weights, bias, choices;  // weights: hidden x choices, at this offset
    size_t input_rows;              // first row of this decision's kind among the input rows
  };
  void run(size_t batch, const std::function<int(size_t, size_t, const T*)>& choose,
           Tape& tape) const;
  size_t input_row(const Tape& tape, size_t candidate, size_t step) const;
  size_t row_offset(size_t row) const { return row * 4 * hidden_; }

  size_t hidden_;
  std::vector<Head> heads_;
  size_t bias_ = 0, recurrent_ = 0;  // offsets; the input rows come first
  std::vector<T> parameters_;
};

}  // namespace nasnet::search
