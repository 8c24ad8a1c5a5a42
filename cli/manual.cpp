#include "cli/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet_version.h"

// The manual page, from the same declarations as --help, so that it never lags behind the flags.

namespace nasnet::cli {
namespace {

/// Text as roff prints it: hyphens that can be copied, no requests at the beginning of a line.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '-') {
      out += "\\-";
    } else if (c == '\\') {
      out += "\\e";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

std::string bold(const std::string& text) {
  return "\\fB" + roff(text) + "\\fR";
}

/// A tagged paragraph; `term` is roff already, `description` plain text.
std::string entry(const std::string& term, const std::string& description) {
  return ".TP\n" + term + "\n" + roff(description) + "\n";
}

std::string setting_entry(const Setting& setting) {
  std::vector<std::string> flags;
  for (const std::string& flag : flags_of(setting)) flags.push_back(bold(flag));
  std::string term = fmt::format("{}", fmt::join(flags, ", "));
  if (!is_switch(setting)) term += " \\fI" + roff(placeholder_of(setting)) + "\\fR";
  return entry(term, help_of(setting));
}

/// Entries of the settings that stand under the topic.
std::string settings_of(const VerbText& verb, const std::string& topic) {
  std::string text;
  for (const Setting& setting : verb.settings)
    if (setting.topic == topic) text += setting_entry(setting);
  return text;
}

std::string verb_section(const VerbText& verb) {
  std::string text = fmt::format(".SH \"NASNET {}\"\n{}.\n.PP\n{}\n", roff(verb.name),
                                 roff(verb.summary), bold(usage_of(verb)));
  for (const Argument& argument : verb.arguments)
    text += entry("\\fI" + roff(argument.name) + "\\fR", argument.help);
  for (const std::string& topic : topics_of(verb)) {
    if (topic == kEveryVerb) continue;
    if (!topic.empty()) text += fmt::format(".SS \"{}\"\n", roff(topic));
    text += settings_of(verb, topic);
  }
  if (verb.examples.empty()) return text;
  text += ".SS \"Examples\"\n";
  for (const Example& example : verb.examples) {
    if (!example.purpose.empty()) text += ".PP\n" + roff(example.purpose) + ":\n";
    text += ".PP\n.nf\n.RS\n" + roff(example.command) + "\n.RE\n.fi\n";
  }
  return text;
}

}  // namespace

std::string manual(const std::vector<VerbText>& verbs, const std::string& version) {
  std::string text = fmt::format(
      ".TH NASNET 1 \"\" \"nasnet {}\" \"User Commands\"\n"
      ".SH NAME\nnasnet \\- search convolutional cells for images, and train them\n"
      ".SH SYNOPSIS\n\\fBnasnet\\fR \\fIVERB\\fR [\\fIARGUMENTS\\fR] [\\fISETTINGS\\fR]\n"
      ".SH DESCRIPTION\n"
      "A controller proposes pairs of small cells, each is trained briefly, its validation\n"
      "accuracy teaches the controller, and the best cells are stacked into a network and\n"
      "trained fully.\n",
      roff(version));
  for (const VerbText& verb : verbs) text += entry(bold(verb.name), verb.summary);
  for (const VerbText& verb : verbs) text += verb_section(verb);
  // Once for all verbs: any of them can be asked.
  text += ".SH \"SETTINGS OF EVERY VERB\"\n" + settings_of(verbs.front(), kEveryVerb);
  text += ".SH \"CONFIGURATION FILES\"\n" +
          roff(
              "--config names a TOML file whose keys are the flags' names (image-size or "
              "image_size). Keys in a section named after a verb, as [search], win over those at "
              "the top; flags win over both.") +
          "\n.SH \"EXIT STATUS\"\n" + entry("0", "done") +
          entry("1", "a fault of the program; please report it") +
          entry("2", "wrong input, a machine that could not do it, or a study without a result") +
          entry("75", "another process of the training was lost; what was done is saved") +
          entry("130", "stopped by Ctrl-C or SIGTERM; finished work is kept") +
          ".SH ENVIRONMENT\n" + entry(bold("TERM"), "dumb: progress is printed in plain lines") +
          entry(bold("COLUMNS"), "the most columns that help and progress take") + ".SH FILES\n" +
          entry("STUDY.db", "a study: its settings, trials and the strategy's state") +
          entry("STUDY-cells/", "the best cells of a study, as JSON and SVG");
  return text;
}

void add_man(Program& program) {
  Options& options = program.add("man", "Print the manual page of all verbs and settings");
  options.example("nasnet man | man -l -");
  options.run(
      [&program](const Common&) { fmt::print("{}", manual(program.verbs(), NASNET_VERSION)); });
}

}  // namespace nasnet::cli
