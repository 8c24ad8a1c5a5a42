#include "nasnet/space/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "nasnet/base/random.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/search_space.h"

namespace nasnet::space {
namespace {

std::vector<Genotype> samples() {
  std::vector<Genotype> all;
  for (const std::string& name : genotype_names()) all.push_back(named_genotype(name));
  const NasnetSpace space(
      {7,
       {Operation::kDilatedSepConv3x3, Operation::kConv1x7_7x1, Operation::kIdentity},
       {Combine::kInstanceNormAdd, Combine::kConcat}});
  Random random(1, 0, "drawings");
  for (int i = 0; i < 20; ++i) {
    Choices choices;
    for (const Decision& decision : space.decisions())
      choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
    all.push_back(space.decode(choices));
  }
  return all;
}

int64_t count_of(const std::string& text, const std::string& part) {
  int64_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

int64_t characters(const std::string& line) {
  return std::count_if(line.begin(), line.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

TEST(DrawTerminal, FitsAndNamesEverything) {
  for (const Genotype& genotype : samples()) {
    for (const bool ascii : {false, true}) {
      const std::string text = draw_terminal(genotype, ascii);
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) EXPECT_LE(characters(line), 80) << line;
      for (const Cell* cell : {&genotype.normal, &genotype.reduction})
        for (const Block& block : cell->blocks)
          EXPECT_NE(text.find(info(block.left_op).label), std::string::npos);
      if (ascii) {
        EXPECT_EQ(characters(text), static_cast<int64_t>(text.size()));
      }
    }
  }
}

TEST(DrawTerminal, NasnetA) {
  const std::string text = draw_terminal(named_genotype("nasnet-a"), true);
  EXPECT_NE(text.find(" h - sep 5x5 ------+- add    -> 2 *"), std::string::npos) << text;
  EXPECT_NE(text.find("* concat of p 2 3 4 5 6"), std::string::npos) << text;
}

/// Start and end tags match: enough to tell a whole SVG from a broken one.
bool is_balanced(const std::string& svg) {
  std::vector<std::string> open;
  for (size_t at = 0; (at = svg.find('<', at)) != std::string::npos;) {
    const size_t end = svg.find(svg.compare(at, 4, "<!--") == 0 ? "-->" : ">", at);
    if (end == std::string::npos) return false;
    const std::string tag = svg.substr(at + 1, end - at - 1);
    at = end;
    if (tag[0] == '?' || tag[0] == '!' || tag.back() == '/') continue;
    if (tag[0] != '/') {
      open.push_back(tag.substr(0, tag.find_first_of(" \n")));
    } else {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

TEST(DrawSvg, IsWholeAndShowsEveryOperation) {
  for (const Genotype& genotype : samples()) {
    const std::string svg = draw_svg(genotype);
    EXPECT_TRUE(is_balanced(svg));
    EXPECT_NE(svg.find("Normal cell"), std::string::npos);
    std::map<std::string, int64_t> wanted;
    for (const Cell* cell : {&genotype.normal, &genotype.reduction})
      for (const Block& block : cell->blocks)
        for (const Operation operation : {block.left_op, block.right_op})
          ++wanted[">" + std::string(info(operation).label) + "</text>"];
    for (const auto& [text, count] : wanted) EXPECT_EQ(count_of(svg, text), count) << text;
  }
}

}  // namespace
}  // namespace nasnet::space
