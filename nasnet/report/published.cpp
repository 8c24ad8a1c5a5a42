#include "nasnet/report/published.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/space/genotypes.h"

// Results as papers print them, typed from their tables: sizes stay as printed text, so that our
// counts can be rounded to the same digits. Rows of our genotypes carry the stack that makes them.

namespace nasnet::report {
namespace {

using graph::StackSettings;

/// N and F; CIFAR-10's ten classes and 32 x 32 pixels.
StackSettings cifar(int cells, int filters) {
  return {graph::StackKind::kCifar, cells, filters, 10, {32, 32, 3}};
}

/// `input`: pixels a side.
StackSettings imagenet(graph::StackKind stack, int cells, int filters, int input) {
  return {stack, cells, filters, 1000, {input, input, 3}};
}

// Papers, and verdicts on rows that our counts do not meet (PublishedRow::difference).
constexpr const char* kLiu = "Liu et al. 2018";
constexpr const char* kReal = "Real et al. 2019";
constexpr const char* kReleased = "not reproduced by the released cell";
constexpr const char* kNoCell = "not reproduced: no cell was released";
constexpr const char* kPnasnet = "parameters match, multiply-adds nearly";
constexpr const char* kAmoebanet = "not reproduced: 1x7-7x1 at full width here";

// N @ P is N normal cells a stage and P = 24 F for NASNet-A, 20 F for NASNet-C. For NASNet-B the
// paper does not say what P counts; P = 32 F comes nearest to the printed sizes.
std::vector<PublishedRow> table_1() {
  const char* t = "Table 1";
  return {
      {t, "DenseNet (L=40, k=12)", 40, 32, "1.0 M", "", 5.24},
      {t, "DenseNet (L=100, k=12)", 100, 32, "7.0 M", "", 4.10},
      {t, "DenseNet (L=100, k=24)", 100, 32, "27.2 M", "", 3.74},
      {t, "DenseNet-BC (L=100, k=40)", 190, 32, "25.6 M", "", 3.46},
      {t, "Shake-Shake 26 2x32d", 26, 32, "2.9 M", "", 3.55},
      {t, "Shake-Shake 26 2x96d", 26, 32, "26.2 M", "", 2.86},
      {t, "Shake-Shake 26 2x96d + cutout", 26, 32, "26.2 M", "", 2.56, 0, 0, true},
      {t, "NAS v3", 39, 32, "7.1 M", "", 4.47},
      {t, "NAS v3 (more filters)", 39, 32, "37.4 M", "", 3.65},
      {t, "NASNet-A (6 @ 768)", 0, 32, "3.3 M", "", 3.41, 0, 0, false, "nasnet-a", cifar(6, 32)},
      {t, "NASNet-A (6 @ 768) + cutout", 0, 32, "3.3 M", "", 2.65, 0, 0, true, "nasnet-a",
       cifar(6, 32)},
      {t, "NASNet-A (7 @ 2304)", 0, 32, "27.6 M", "", 2.97, 0, 0, false, "nasnet-a", cifar(7, 96),
       kReleased},
      {t, "NASNet-A (7 @ 2304) + cutout", 0, 32, "27.6 M", "", 2.40, 0, 0, true, "nasnet-a",
       cifar(7, 96), kReleased},
      {t, "NASNet-B (4 @ 1152)", 0, 32, "2.6 M", "", 3.73, 0, 0, false, "nasnet-b", cifar(4, 36),
       kNoCell},
      {t, "NASNet-C (4 @ 640)", 0, 32, "3.1 M", "", 3.59, 0, 0, false, "nasnet-c", cifar(4, 32),
       kNoCell},
  };
}

std::vector<PublishedRow> table_2() {
  const char* t = "Table 2";
  return {
      {t, "Inception V2", 0, 224, "11.2 M", "1.94 B", 0, 74.8, 92.2},
      {t, "NASNet-A (5 @ 1538)", 0, 299, "10.9 M", "2.35 B", 0, 78.6, 94.2, false, "nasnet-a",
       imagenet(graph::StackKind::kMobile, 5, 64, 299), kReleased},
      {t, "Inception V3", 0, 299, "23.8 M", "5.72 B", 0, 78.8, 94.4},
      {t, "Xception", 0, 299, "22.8 M", "8.38 B", 0, 79.0, 94.5},
      {t, "Inception-ResNet V2", 0, 299, "55.8 M", "13.2 B", 0, 80.1, 95.1},
      {t, "NASNet-A (7 @ 1920)", 0, 299, "22.6 M", "4.93 B", 0, 80.8, 95.3, false, "nasnet-a",
       imagenet(graph::StackKind::kMobile, 7, 80, 299), kReleased},
      {t, "ResNeXt-101 (64 x 4d)", 0, 320, "83.6 M", "31.5 B", 0, 80.9, 95.6},
      {t, "PolyNet", 0, 331, "92 M", "34.7 B", 0, 81.3, 95.8},
      {t, "DPN-131", 0, 320, "79.5 M", "32.0 B", 0, 81.5, 95.8},
      {t, "SENet", 0, 320, "145.8 M", "42.3 B", 0, 82.7, 96.2},
      {t, "NASNet-A (6 @ 4032)", 0, 331, "88.9 M", "23.8 B", 0, 82.7, 96.2, false, "nasnet-a",
       imagenet(graph::StackKind::kLarge, 6, 168, 331)},
  };
}

std::vector<PublishedRow> table_3() {
  const char* t = "Table 3";
  return {
      {t, "Inception V1", 0, 224, "6.6 M", "1,448 M", 0, 69.8, 89.9},
      {t, "MobileNet-224", 0, 224, "4.2 M", "569 M", 0, 70.6, 89.5},
      {t, "ShuffleNet (2x)", 0, 224, "~5 M", "524 M", 0, 70.9, 89.8},
      {t, "NASNet-A (4 @ 1056)", 0, 224, "5.3 M", "564 M", 0, 74.0, 91.6, false, "nasnet-a",
       imagenet(graph::StackKind::kMobile, 4, 44, 224)},
      {t, "NASNet-B (4 @ 1536)", 0, 224, "5.3 M", "488 M", 0, 72.8, 91.3, false, "nasnet-b",
       imagenet(graph::StackKind::kMobile, 4, 48, 224), kNoCell},
      {t, "NASNet-C (3 @ 960)", 0, 224, "4.9 M", "558 M", 0, 72.5, 91.0, false, "nasnet-c",
       imagenet(graph::StackKind::kMobile, 3, 48, 224), kNoCell},
  };
}

std::vector<PublishedRow> successors() {
  return {
      {kLiu, "PNASNet-5 (N=4, F=216)", 0, 331, "86.1 M", "25.0 B", 0, 82.9, 96.2, false,
       "pnasnet-5", imagenet(graph::StackKind::kPnasnetLarge, 4, 216, 331), kPnasnet},
      {kLiu, "PNASNet-5 (N=3, F=54)", 0, 224, "5.1 M", "588 M", 0, 74.2, 91.9, false, "pnasnet-5",
       imagenet(graph::StackKind::kPnasnetMobile, 3, 54, 224), kPnasnet},
      {kReal, "AmoebaNet-A (N=6, F=32)", 0, 32, "2.6 M", "", 3.40, 0, 0, false, "amoebanet-a",
       cifar(6, 32), kAmoebanet},
      {kReal, "AmoebaNet-A (N=6, F=36)", 0, 32, "3.2 M", "", 3.34, 0, 0, false, "amoebanet-a",
       cifar(6, 36), kAmoebanet},
      {kReal, "AmoebaNet-A (N=4, F=50)", 0, 224, "5.1 M", "555 M", 0, 74.5, 92.0, false,
       "amoebanet-a", imagenet(graph::StackKind::kMobile, 4, 50, 224), kAmoebanet},
      {kReal, "AmoebaNet-A (N=6, F=190)", 0, 331, "86.7 M", "23.1 B", 0, 82.8, 96.1, false,
       "amoebanet-a", imagenet(graph::StackKind::kLarge, 6, 190, 331), kAmoebanet},
      {kReal, "AmoebaNet-A (N=6, F=448)", 0, 331, "469 M", "104 B", 0, 83.9, 96.6, false,
       "amoebanet-a", imagenet(graph::StackKind::kLarge, 6, 448, 331), kAmoebanet},
      {kReal, "AmoebaNet-C (N=4, F=50)", 0, 224, "6.4 M", "570 M", 0, 75.7, 92.4, false,
       "amoebanet-c", imagenet(graph::StackKind::kMobile, 4, 50, 224), kReleased},
  };
}

std::vector<PublishedRow> all_rows() {
  std::vector<PublishedRow> rows = table_1();
  for (auto* table : {table_2, table_3, successors})
    for (PublishedRow& row : table()) rows.push_back(std::move(row));
  return rows;
}

/// A printed size, taken apart.
struct Printed {
  double number = 0, unit = 1;
  int decimals = 0;
};

/// Throws InputError for a text that is no printed size.
Printed parse(std::string_view printed) {
  std::string digits;
  for (const char c : printed)
    if (c != ',' && c != '~') digits += c;
  Printed size;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, size.number);
  const std::string unit(stop, end);
  if (error != std::errc() || (unit != " M" && unit != " B"))
    throw InputError(fmt::format("'{}' is no printed size; write it as 5.3 M or 23.8 B", printed));
  size.unit = unit == " M" ? 1e6 : 1e9;
  const size_t point = digits.find('.');
  if (point != std::string::npos) size.decimals = static_cast<int>(digits.find(' ') - point - 1);
  return size;
}

}  // namespace

const std::vector<PublishedRow>& published_rows() {
  static const std::vector<PublishedRow> rows = all_rows();
  return rows;
}

std::vector<PublishedRow> published_rows(const space::Genotype& genotype) {
  std::vector<PublishedRow> found;
  for (const PublishedRow& row : published_rows()) {
    if (row.genotype.empty()) continue;
    const space::Genotype named = space::named_genotype(row.genotype);
    // The cells decide: a file may give a published genotype any name.
    if (named.normal == genotype.normal && named.reduction == genotype.reduction)
      found.push_back(row);
  }
  return found;
}

double printed_value(std::string_view printed) {
  const Printed size = parse(printed);
  return size.number * size.unit;
}

bool rounds_to(int64_t count, std::string_view printed) {
  const Printed size = parse(printed);
  const double scale = std::pow(10.0, size.decimals);
  // Both as whole numbers of the last printed digit: equality of doubles would not be sure.
  return std::llround(static_cast<double>(count) / size.unit * scale) ==
         std::llround(size.number * scale);
}

}  // namespace nasnet::report
