#include "cli/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "nasnet/base/columns.h"

// Help as text, made of the verbs' declarations: what everyone needs first, the rest by --help-all.
// CLI11's own formatter does not know which settings are essential.

namespace nasnet::cli {
namespace {

constexpr size_t kFew = 20;     // settings that can all be shown at once
constexpr int kNarrowest = 30;  // what is less is taken for this
/// The column where descriptions begin; on a terminal of less than kSideBySide they stand below.
constexpr int kIndent = 28, kSideBySide = 64, kMargin = 6;

const std::vector<Example> kFirstSteps = {
    {"nasnet search", "cells for Fashion-MNIST, in a minute or two"},
    {"nasnet search --data my-images", "for your own: a folder a class, or an archive of them"},
    {"nasnet train nasnet-a --data my-images", "train a known cell instead"},
};

/// Lines of at most `width` columns, all behind a margin.
std::vector<std::string> indented(const std::string& text, int width, int indent) {
  std::vector<std::string> lines = wrapped(text, std::max(width, kNarrowest) - indent);
  for (std::string& line : lines) line.insert(0, indent, ' ');
  return lines;
}

/// A term and its description: side by side where there is room.
std::string entry(const std::string& term, const std::string& description, int width, int indent) {
  const std::string head = "  " + term;
  const bool beside = width >= kSideBySide && display_width(head) + 2 <= indent;
  if (width < kSideBySide) indent = kMargin;
  std::string text = fmt::format("{}\n", fmt::join(indented(description, width, indent), "\n"));
  if (!beside) return head + "\n" + text;
  return padded_right(head, indent) + text.substr(indent);
}

/// Text from the first column on.
std::string paragraph(const std::string& text, int width) {
  return fmt::format("{}\n", fmt::join(wrapped(text, std::max(width, kNarrowest)), "\n"));
}

std::string examples_text(const std::vector<Example>& examples, int width) {
  std::string text;
  for (const Example& example : examples) {
    text += "  " + example.command + "\n";
    if (!example.purpose.empty())
      text += fmt::format("{}\n", fmt::join(indented(example.purpose, width, kMargin), "\n"));
  }
  return text;
}

/// The flags of a switch stand on two lines where one is too narrow.
std::string setting_entry(const Setting& setting, int width) {
  std::string term = fmt::format("{}", fmt::join(flags_of(setting), ", "));
  if (display_width(term) + 2 > width)
    term = fmt::format("{}", fmt::join(flags_of(setting), ",\n  "));
  if (!is_switch(setting)) term += " " + placeholder_of(setting);
  return entry(term, help_of(setting), width, kIndent);
}

}  // namespace

std::string verb_help(const VerbText& verb, bool all, int width) {
  const auto is_common = [](const Setting& setting) { return setting.topic == kEveryVerb; };
  // Verbs with few settings, or none marked as essential, show all of them at once.
  const bool marked =
      verb.settings.size() > kFew &&
      std::any_of(verb.settings.begin(), verb.settings.end(),
                  [&](const Setting& setting) { return setting.essential && !is_common(setting); });
  const auto is_shown = [&](const Setting& setting) {
    return all || !marked || setting.essential || is_common(setting);
  };
  std::string text = paragraph(verb.summary, width) + "\nUsage: " + usage_of(verb) + "\n";
  if (!verb.examples.empty()) text += "\nExamples\n" + examples_text(verb.examples, width);
  if (!verb.arguments.empty()) text += "\nArguments\n";
  for (const Argument& argument : verb.arguments)
    text += entry(argument.name, argument.help, width, kIndent);
  std::vector<std::string> left_out;
  for (const std::string& topic : topics_of(verb)) {
    std::string entries;
    bool whole = true;
    for (const Setting& setting : verb.settings) {
      if (setting.topic != topic) continue;
      if (is_shown(setting)) entries += setting_entry(setting, width);
      whole &= is_shown(setting);
    }
    if (!entries.empty()) text += "\n" + (topic.empty() ? "Settings" : topic) + "\n" + entries;
    if (!whole) left_out.push_back(topic);
  }
  // Says how many are hidden and on what topics: settings must not seem to be missing.
  if (left_out.empty()) return text;
  const auto hidden = std::count_if(verb.settings.begin(), verb.settings.end(),
                                    [&](const Setting& setting) { return !is_shown(setting); });
  return text + "\n" +
         paragraph(fmt::format("{} more settings by `nasnet {} --help-all`: {}.", hidden, verb.name,
                               fmt::join(left_out, ", ")),
                   width);
}

std::string program_help(const std::vector<VerbText>& verbs, int width) {
  std::string text =
      paragraph("Searches a convolutional network for your images as NASNet does, and trains it.",
                width) +
      "\nUsage: nasnet VERB [ARGUMENTS] [SETTINGS]\n\nType first\n" +
      examples_text(kFirstSteps, width) + "\nVerbs\n";
  for (const VerbText& verb : verbs) text += entry(verb.name, verb.summary, width, 14);
  return text + "\n" +
         paragraph(
             "`nasnet VERB --help` shows the settings of a verb, `nasnet man | man -l -` the whole "
             "manual, `nasnet --version` which program this is.",
             width);
}

std::string first_words() {
  return "name a verb. Type first\n\n" + examples_text(kFirstSteps, 80) +
         "\n`nasnet --help` lists all verbs, `nasnet VERB --help` the settings of one.";
}

}  // namespace nasnet::cli
