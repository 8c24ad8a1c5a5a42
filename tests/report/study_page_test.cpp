#include "nasnet/report/study_page.h"

#include <gtest/gtest.h>

#include "nasnet/report/html.h"
#include "nasnet/report/study_limits.h"
#include "nasnet/report/verdicts.h"
#include "tests/dashboard/studies.h"

namespace nasnet::report {
namespace {

class StudyPage : public dashboard::Studies {
 protected:
  /// Graphviz may lay the same cell out otherwise the second time.
  static std::string without_drawings(const std::string& page) {
    const size_t begin = page.find("<h2 id=\"cells\">"), end = page.find("<h2 id=\"ranking\">");
    EXPECT_LT(begin, end);
    return page.substr(0, begin) + page.substr(end);
  }
};
NASNET_ON_BOTH_STORES(StudyPage);

TEST_P(StudyPage, IsOfEitherStoreAndTheSameEachTime) {
  search(settings(20));
  const StudyReport report = read_report(url(), study("cells"));
  EXPECT_EQ(report.finished, 40);
  EXPECT_EQ(report.total, 40);
  EXPECT_EQ(state_text(report), "The search is complete: 40 of 40 trials are finished.");
  const std::string page = study_page(report, "");
  EXPECT_EQ(without_drawings(study_page(read_report(url(), study("cells")), "")),
            without_drawings(page));
  for (const ArmRow& row : arm_rows(report.study.settings, report.result))
    for (const std::string& cell : {row.name, row.best, row.interval, row.mean})
      EXPECT_NE(page.find(">" + html_text(cell) + "<"), std::string::npos) << cell;
  EXPECT_NE(page.find(html_text(chance_verdict(report.study.settings, report.result))),
            std::string::npos);
  for (const std::string& limit : study_limits(report))
    EXPECT_NE(page.find(html_text(limit)), std::string::npos) << limit;
  EXPECT_EQ(page.find("<script"), std::string::npos);
}

TEST_P(StudyPage, HasEachFailureByItsCause) {
  search(settings(20), true);
  const StudyReport report = read_report(url(), study("cells"));
  const std::vector<FailureRow> failures = failure_rows(report.result);
  ASSERT_EQ(failures.size(), 1u);
  const std::string page = study_page(report, "");
  EXPECT_NE(page.find("no more &lt;memory&gt; &amp; &quot;quotes&quot;"), std::string::npos);
  EXPECT_EQ(page.find("<memory>"), std::string::npos);
  EXPECT_NE(page.find(">" + std::to_string(failures[0].count) + "<"), std::string::npos);
}

TEST_P(StudyPage, HasTheFrontsOfSeveralGoals) {
  search(two_goals(20));
  const StudyReport report = read_report(url(), study("cells"));
  const std::string page = study_page(report, "");
  for (const char* part : {"odour (less is better)", "Hypervolume of the front", "<details",
                           "<th>member</th>", "front-1-", "<th class=\"number\">after trials</th>"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST_P(StudyPage, OfOneThatHasNotBegunSaysSo) {
  const search::SearchSettings settings = this->settings(20);
  {
    const auto store =
        search::open_store(settings.store, settings.study_file, search::OpenMode::kDrive);
    EXPECT_THROW(read_report(url(), study("cells")), InputError) << "it has no settings yet";
    store->drive(search::this_owner(search::Role::kDriver));
    settle_study(*store, settings, 7, network::DeviceChoice::kCpu, {});
  }
  const StudyReport report = read_report(url(), study("cells"));
  const std::string page = study_page(report, "");
  for (const char* part : {"The study has not begun", "there is no result", "No cells yet"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(Html, HoldsAnyBytes) {
  EXPECT_EQ(html_text("<a b='c'>&\"\x01\xff"), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;\\x01\\xFF");
  EXPECT_EQ(html_lines("a\n<b>\r\n\tc"), "a\n&lt;b&gt;\n\\x09c\n");
  EXPECT_EQ(html_paragraph(""), "");
  EXPECT_EQ(html_paragraph("two\nlines\n", "soft"), "<p class=\"soft\">two lines</p>\n");
  EXPECT_EQ(html_list({}), "");
  EXPECT_EQ(html_table({"a", "b"}, {{"<", "1"}}, 1),
            "<div class=\"wide\"><table>\n<thead><tr><th>a</th><th class=\"number\">b</th></tr>\n"
            "</thead>\n<tbody>\n<tr><td>&lt;</td><td class=\"number\">1</td></tr>\n"
            "</tbody>\n</table></div>\n");
}

TEST(Html, HoldsPicturesOfWhichNoIdMeetsAnother) {
  const std::string svg =
      "<?xml version=\"1.0\"?>\n<!-- made -->\n<svg width=\"1\"><g id=\"node1\" class=\"n\">\n"
      "<title>x</title>\n<text>a</text></g></svg>\n";
  EXPECT_EQ(inline_svg(svg, "two < three"),
            "<svg role=\"img\" aria-label=\"two &lt; three\" width=\"1\"><g class=\"n\">\n"
            "<text>a</text></g></svg>\n");
}

}  // namespace
}  // namespace nasnet::report
