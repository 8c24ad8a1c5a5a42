#include "nasnet/search/evaluators/yardstick.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/search/store/trial.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::search {
namespace {

TEST(Yardstick, OfEachPublishedCellComesBack) {
  for (const std::string& name : space::genotype_names()) {
    space::Genotype genotype = space::named_genotype(name);
    const space::Genotype back = yardstick_genotype(yardstick_choices(genotype));
    genotype.name.clear();
    EXPECT_EQ(back, genotype) << name;
  }
}

TEST(Yardstick, OfNumbersThatAreNoCellsIsRefused) {
  const space::Choices good = yardstick_choices(space::named_genotype("nasnet-a"));
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_THROW(yardstick_genotype({good.begin(), good.begin() + static_cast<int64_t>(length)}),
                 InputError)
        << length;
  space::Choices longer = good;
  longer.push_back(0);
  EXPECT_THROW(yardstick_genotype(longer), InputError);
  for (size_t place = 0; place < good.size(); ++place)
    for (const int wrong : {-1, 1 << 30}) {
      space::Choices numbers = good;
      numbers[place] = wrong;
      EXPECT_THROW(yardstick_genotype(numbers), InputError) << place;
    }
}

TEST(Yardstick, IsOfItsArmAlone) {
  const space::NasnetSpace space;
  const space::Genotype genotype = space::named_genotype("darts-v2");
  const space::Choices numbers = yardstick_choices(genotype);
  EXPECT_EQ(cells_of(space, kYardstickArm, numbers).normal, genotype.normal);
  const space::Choices own(space.decisions().size(), 0);
  EXPECT_EQ(cells_of(space, kRetrainArm, own), space.decode(own));
}

}  // namespace
}  // namespace nasnet::search
