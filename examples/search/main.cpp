// Searches cells by a reward of its own: here, few parameters and much separable convolution. Run
// it again and it goes on where it was.
#include <nasnet/error.h>
#include <nasnet/network.h>
#include <nasnet/search.h>

#include <iostream>

double reward(const nasnet::Candidate& candidate) {
  const auto parameters = nasnet::count_network(candidate.genotype).total.parameters;
  double separable = 0;
  for (const nasnet::Block& block : candidate.genotype.normal.blocks)
    separable += block.left_operation.starts_with("sep_conv");
  return separable - 1e-6 * static_cast<double>(parameters);
}

int main() try {
  nasnet::SearchOptions options;
  options.settings = {{"trials", 60}, {"strategy", "evolution"}, {"blocks", 3}};
  nasnet::Study study = nasnet::run_search("own.db", reward, options);
  const nasnet::Trial best = study.best(1).at(0);
  std::cout << "best of " << study.trials().size() << ": " << *best.reward << "\n"
            << nasnet::draw_text(*best.genotype);
} catch (const nasnet::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
