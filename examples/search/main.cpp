// Searches cells by measurements of its own: here, much separable convolution in few parameters.
// Run it again and it goes on where it was.
#include <nasnet/error.h>
#include <nasnet/network.h>
#include <nasnet/search.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <string>

std::map<std::string, double> measure(const nasnet::Candidate& candidate) {
  double separable = 0;
  for (const nasnet::Block& block : candidate.genotype.normal.blocks)
    separable += block.left_operation.starts_with("sep_conv");
  const auto parameters = nasnet::count_network(candidate.genotype).total.parameters;
  return {{"separable", separable}, {"parameters", static_cast<double>(parameters)}};
}

int main() try {
  nasnet::SearchOptions options;
  options.settings = {{"trials", 60},
                      {"strategy", "evolution"},
                      {"blocks", 3},
                      {"objective", "maximize separable, parameters <= 3M"}};
  nasnet::Study study = nasnet::run_search("own.db", measure, options);
  std::cout << "best of " << study.trials().size() << ": ";
  for (const nasnet::Trial& best : study.best(1))
    std::cout << best.measurements.at("separable") << " with "
              << static_cast<int64_t>(best.measurements.at("parameters")) << " parameters\n"
              << nasnet::draw_text(*best.genotype);
} catch (const nasnet::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
