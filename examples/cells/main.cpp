// Draws a genotype's cells, and counts its network part by part.
//
//     cells nasnet-a
//     cells my-cells/best-1.json
#include <nasnet/error.h>
#include <nasnet/network.h>

#include <iostream>

int main(int argc, char** argv) try {
  const nasnet::Genotype genotype = nasnet::load_genotype(argc > 1 ? argv[1] : "nasnet-a");
  std::cout << nasnet::draw_text(genotype) << "\n";

  nasnet::Stack stack = nasnet::published_stack("mobile");
  stack.classes = 10;
  const nasnet::NetworkCounts counts = nasnet::count_network(genotype, stack);
  for (const nasnet::NetworkPart& part : counts.parts)
    std::cout << part.name << ": " << part.counts.parameters << " parameters\n";
  std::cout << "in all " << counts.total.parameters << " parameters, " << counts.total.multiply_adds
            << " multiply-adds\n";
} catch (const nasnet::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
