// Lists the best cells that a search has found so far; it may still be running.
//
//     study mine.db
#include <nasnet/error.h>
#include <nasnet/study.h>

#include <iostream>

int main(int argc, char** argv) try {
  nasnet::Study study = nasnet::Study::open(argc > 1 ? argv[1] : "nasnet-study.db");
  std::cout << study.trials().size() << " trials by " << study.settings().at("strategy")
            << (study.is_complete() ? ", finished\n" : ", not finished yet\n");
  for (const nasnet::Trial& trial : study.best(3)) {
    std::cout << "trial " << trial.number << ": validation accuracy " << *trial.reward << "\n";
    if (trial.genotype) std::cout << nasnet::draw_text(*trial.genotype) << "\n";
  }
} catch (const nasnet::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
