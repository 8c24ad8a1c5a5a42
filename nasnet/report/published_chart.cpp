#include "nasnet/report/published_chart.h"

#include <functional>

#include "nasnet/report/palette.h"
#include "nasnet/report/published.h"
#include "nasnet/report/svg.h"

// The charts of `nasnet describe --chart`: which rows of the tables are points of which panel, in
// which colour and shape, and which are joined.

namespace nasnet::report {
namespace {

/// Columns of a user's own label, which may be a file's name.
constexpr int kLongestLabel = 36;

enum class Quantity { kParameters, kMultiplyAdds };

/// The contents of a panel: x of a row, y of a row, which rows.
struct View {
  Quantity x;
  bool imagenet;

  /// Rows of ImageNet have a top-1 accuracy, those of CIFAR-10 an error.
  bool shows(const PublishedRow& row) const { return imagenet == (row.top1 > 0); }
  double x_of(const PublishedRow& row) const {
    return x == Quantity::kParameters ? printed_value(row.parameters) / 1e6
                                      : printed_value(row.multiply_adds) / 1e9;
  }
  double x_of(const graph::Counts& counts) const {
    return x == Quantity::kParameters ? static_cast<double>(counts.parameters) / 1e6
                                      : static_cast<double>(counts.multiply_adds) / 1e9;
  }
  double y_of(const PublishedRow& row) const { return imagenet ? row.top1 : row.test_error; }
  /// CIFAR-10's panel shows errors: an accuracy that was measured is turned round.
  double y_of(double top1) const { return imagenet ? top1 : 100 - top1; }
};

/// "NASNet-A (6 @ 768) + cutout" among its like: "6 @ 768", "6 @ 768 + cutout".
std::string short_label(const PublishedRow& row) {
  const size_t open = row.model.find('('), close = row.model.find(')');
  if (row.genotype.empty() || open == std::string::npos || close == std::string::npos)
    return row.model;
  return row.model.substr(open + 1, close - open - 1) + row.model.substr(close + 1);
}

/// Fills the series with the rows that the panel shows and `chosen` takes, and adds it to the
/// panel.
void add_series(Panel& panel, Series series, const View& view,
                const std::vector<PublishedRow>& rows,
                const std::function<bool(const PublishedRow&)>& chosen) {
  for (const PublishedRow& row : rows)
    if (view.shows(row) && chosen(row))
      series.points.push_back({view.x_of(row), view.y_of(row), short_label(row)});
  panel.series.push_back(std::move(series));
}

/// All series of a panel, the user's own last, on top of the others.
void fill(Panel& panel, const View& view, const space::Genotype& genotype,
          const std::optional<Measured>& measured) {
  const std::vector<PublishedRow>& all = published_rows();
  const auto made_of = [](const char* name, bool cutout) {
    return [=](const PublishedRow& row) { return row.genotype == name && row.cutout == cutout; };
  };
  add_series(panel, {"other networks of the paper's tables", kGrey, Mark::kDot}, view, all,
             [](const PublishedRow& row) { return row.genotype.empty(); });
  add_series(panel,
             {.name = "NASNet-A (N @ P)", .colour = kBlue, .mark = Mark::kSquare, .joined = true},
             view, all, made_of("nasnet-a", false));
  add_series(panel,
             {.name = "NASNet-A (N @ P), with cutout",
              .colour = kBlue,
              .mark = Mark::kSquare,
              .joined = true,
              .dashed = true},
             view, all, made_of("nasnet-a", true));
  add_series(panel, {"NASNet-B", kGreen, Mark::kDiamond}, view, all, made_of("nasnet-b", false));
  add_series(panel, {"NASNet-C", kPurple, Mark::kTriangle}, view, all, made_of("nasnet-c", false));
  const std::vector<PublishedRow> own = published_rows(genotype);
  // NASNet's rows are there already.
  if (!own.empty() && !own[0].is_nasnet()) {
    const std::string name = own[0].model.substr(0, own[0].model.find(" ("));
    add_series(panel,
               {.name = name + ", " + own[0].table,
                .colour = kBrown,
                .mark = Mark::kDiamond,
                .joined = true},
               view, own, [](const PublishedRow&) { return true; });
  }
  if (measured && view.imagenet == (measured->stack != graph::StackKind::kCifar)) {
    panel.series.push_back({"measured by you",
                            kRed,
                            Mark::kStar,
                            false,
                            false,
                            {{view.x_of(measured->counts), view.y_of(measured->top1),
                              shortened(measured->label, kLongestLabel)}}});
  }
}

}  // namespace

std::vector<Panel> published_panels(const space::Genotype& genotype,
                                    const std::optional<Measured>& measured) {
  const char* top1 = "ImageNet top-1 accuracy (%)";
  std::vector<Panel> panels = {
      {"ImageNet: accuracy and computation", "multiply-adds (billions)", top1, true, {}},
      {"ImageNet: accuracy and size", "parameters (millions)", top1, true, {}},
      {"CIFAR-10: error and size", "parameters (millions)", "CIFAR-10 test error (%)", true, {}}};
  fill(panels[0], {Quantity::kMultiplyAdds, true}, genotype, measured);
  fill(panels[1], {Quantity::kParameters, true}, genotype, measured);
  fill(panels[2], {Quantity::kParameters, false}, genotype, measured);
  return panels;
}

}  // namespace nasnet::report
