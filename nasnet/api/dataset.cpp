#include <nasnet/dataset.h>

#include <limits>
#include <stdexcept>

#include "nasnet/api/dataset_state.h"
#include "nasnet/base/settings.h"
#include "nasnet/data/image_size.h"
#include "nasnet/data/notes.h"

// Data sets of the public library: the options go through the same declarations as the flags of
// `nasnet data`, so that names, ranges and errors are the same. The state is shared and never
// changed, which makes copies cheap.

namespace nasnet {
namespace {

const data::ImageSet& images_of(const api::DataSetState& state, Split split) {
  return split == Split::train ? state.data.train : state.data.test;
}

void check_index(const data::ImageSet& images, int64_t index) {
  if (index < 0 || index >= images.size())
    throw std::out_of_range("image " + std::to_string(index) + " of " +
                            std::to_string(images.size()));
}

}  // namespace

DataSet DataSet::load(const std::string& where, const DataOptions& options) {
  data::DataOptions core;
  core.image_size = options.image_size;
  core.preparation = {parse_enum<data::Resize>(options.resize, "resize"),
                      parse_enum<data::Interpolation>(options.interpolation, "interpolation"),
                      options.central_crop};
  core.skip_unreadable = options.skip_unreadable;
  core.hold = std::numeric_limits<int64_t>::max();  // image() shows pixels where they lie
  core.limit_train = options.limit_train;
  core.limit_test = options.limit_test;
  // The checks of the settings' ranges, which the program makes as it reads flags.
  SettingList settings;
  data::visit_image_size(settings, core.image_size);
  visit_settings(settings, core.preparation);
  for (auto [name, limit] :
       {std::pair{"limit_train", &core.limit_train}, std::pair{"limit_test", &core.limit_test}})
    settings(name, *limit, "", Range{0, 1e12});
  for (const Setting& setting : settings.take()) check_setting(setting, "");
  auto state = std::make_shared<api::DataSetState>();
  state->data = data::load(where, core);
  state->preparation = core.preparation;
  // Computed once: digest() would read all pixels at each call.
  state->digest = state->data.digest();
  state->notes = data::notes_of(state->data);
  return DataSet(std::move(state));
}

const std::string& DataSet::name() const {
  return state_->data.name;
}

const std::string& DataSet::source() const {
  return state_->data.source;
}

const std::vector<std::string>& DataSet::classes() const {
  return state_->data.classes;
}

int DataSet::height() const {
  return state_->data.train.height;
}

int DataSet::width() const {
  return state_->data.train.width;
}

int DataSet::channels() const {
  return state_->data.train.channels;
}

bool DataSet::has_own_test_split() const {
  return state_->data.own_test_split;
}

const std::string& DataSet::digest() const {
  return state_->digest;
}

const std::vector<std::string>& DataSet::notes() const {
  return state_->notes;
}

int64_t DataSet::size(Split split) const {
  return images_of(*state_, split).size();
}

ImageView DataSet::image(Split split, int64_t index) const {
  const data::ImageSet& images = images_of(*state_, split);
  check_index(images, index);
  return {
      images.height, images.width, images.channels, {images.image(index), images.image_bytes()}};
}

int DataSet::label(Split split, int64_t index) const {
  const data::ImageSet& images = images_of(*state_, split);
  check_index(images, index);
  return images.labels[index];
}

std::vector<KnownDataSet> known_data_sets() {
  std::vector<KnownDataSet> known;
  for (const data::KnownDataSet& one : data::known_data_sets())
    known.push_back({one.name, one.description, one.found});
  return known;
}

}  // namespace nasnet
