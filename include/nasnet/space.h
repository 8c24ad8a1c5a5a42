#pragma once

#include <nasnet/genotype.h>

#include <functional>
#include <string>
#include <vector>

namespace nasnet {

/// One categorical choice of a candidate. Decisions of one kind (say every "left input") share a
/// meaning, so that strategies may share what they learn about them.
struct Decision {
  std::string name;
  int kind = 0;     ///< dense, from 0
  int choices = 1;  ///< how many there are, whatever the others are
};

/// The choices made, one a decision, each from 0.
using Choices = std::vector<int>;

/// A search space of your own: a list of decisions, and functions that say what choices stand for.
/// These may be left empty; they may depend on the choices alone.
struct Space {
  std::string name;  ///< as the setting "space" has it
  std::string help;  ///< in one line
  std::vector<Decision> decisions;
  /// The cells; empty in a space whose candidates are no genotypes.
  std::function<Genotype(const Choices&)> genotype;
  /// The candidate in one line, for people; empty: its choices as numbers.
  std::function<std::string(const Choices&)> describe;
  /// A text that two candidates share where one result will do for both; empty: never.
  std::function<std::string(const Choices&)> canonical;
};

/// Adds the space to those that the setting "space" names, in run_search() and for Study::open():
/// at the start of a program, before the first of them. Throws InputError where there is one of
/// this name, or a decision has no choices or a kind below 0.
void add_space(Space space);

}  // namespace nasnet
