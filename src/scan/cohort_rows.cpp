#include "scan/cohort_rows.h"

#include <algorithm>

#include "scan/reach.h"

namespace glovebox::scan {
namespace {
constexpr std::size_t few_states = 8;  // searched one by one
using genome::Matcher;

std::unexpected<Error> too_many_states(std::size_t bytes_max) {
  return fail(Reject::too_large, "more distinct states of sites than fit",
              "at most " + std::to_string(states_bytes_max(bytes_max)) +
                  " bytes of them: probabilities and frequencies are nearly all distinct");
}

genome::Rules without_matches(genome::Rules rules) {
  rules.keep_matches = false;
  return rules;
}
}  // namespace

std::size_t SiteStates::bytes() const {
  constexpr std::size_t node = sizeof(std::pair<const Seen, std::uint32_t>) + 4 * sizeof(void*);
  return list_.capacity() * sizeof(Seen) + list_.size() * sizeof(Matcher::Weighed) + (index_ ? list_.size() * node : 0);
}

std::size_t SiteStates::Hash::operator()(const Seen& seen) const {
  std::uint64_t out = seen.reached.to_ulong();
  const auto add = [&out](std::uint64_t value) { out = (out ^ value) * 0x9e3779b97f4a7c15 + (out >> 32); };
  add(seen.matched_line);
  add(static_cast<std::uint64_t>(seen.matches) << 8 | static_cast<std::uint64_t>(seen.shown));
  add(static_cast<std::uint32_t>(seen.answer.dosage));
  add(static_cast<std::uint64_t>(seen.answer.outcome) << 16 | static_cast<std::uint64_t>(seen.answer.hint) << 8 |
      seen.answer.alleles);
  for (const bool bit : {seen.counts_reference, seen.other_alleles, seen.overlapped, seen.overlapped_filtered,
                         seen.no_call, seen.half_call})
    add(bit ? 1 : 0);
  return out ^ out >> 29;
}

const SiteStates::Seen& SiteStates::nothing() {
  static const Seen none;
  return none;
}

std::size_t SiteStates::number_of(const Seen& seen) {
  if (list_.empty()) list_.push_back(nothing());
  if (index_) {
    const auto found = index_->find(seen);
    if (found != index_->end()) return found->second;
  } else {
    const auto found = std::ranges::find(list_, seen);
    if (found != list_.end()) return static_cast<std::size_t>(found - list_.begin());
  }
  const std::size_t number = list_.size();
  if (number == site_states_max) return number;
  list_.push_back(seen);
  if (index_) {
    index_->emplace(seen, static_cast<std::uint32_t>(number));
  } else if (list_.size() > few_states) {
    index_ = std::make_unique<std::unordered_map<Seen, std::uint32_t, Hash>>();
    for (std::size_t i = 0; i < list_.size(); ++i) index_->emplace(list_[i], static_cast<std::uint32_t>(i));
  }
  return number;
}

CohortRows::CohortRows(const genome::Panel& panel, genome::Options options, std::size_t bytes_max)
    : panel_(panel),
      options_(std::move(options)),
      bytes_max_(bytes_max),
      places_(panel.build()),
      matcher_(panel, without_matches(options_.rules), options_.callable),
      sites_(panel.size()),
      everybodys_(panel.size()),
      place_of_even_(panel.size()),
      met_(site_states_max),
      becomes_(site_states_max) {
  for (std::uint32_t i = 0; i < panel.size(); ++i) {
    const Stretch stretch = stretch_of(panel, i);
    longest_stretch_ = std::max<std::uint64_t>(longest_stretch_, stretch.last - stretch.first);
  }
}

Status CohortRows::header(genome::Header header) {
  header_ = std::move(header);
  GLOVEBOX_CHECK(check_rules(options_.rules, options_.callable != nullptr));
  if (header_.samples.empty()) GLOVEBOX_CHECK(header_.sample_index(std::nullopt));
  GLOVEBOX_TRY(standing, check_build(header_, options_.build, panel_.build()));
  about.version = header_.version;
  about.samples = header_.samples.size();
  about.build = panel_.build();
  about.build_standing = standing;
  const std::size_t people = header_.samples.size();
  if (panel_.size() > bytes_max_ / sizeof(std::uint16_t) / people)
    return fail(Reject::too_large, std::to_string(people) + " samples and " + std::to_string(panel_.size()) + " sites",
                "at most " + std::to_string(bytes_max_) + " bytes, 2 for each sample and site");
  header_of_one_ = {.version = header_.version, .contigs = {}, .samples = {"one"}, .has_format = true};
  states.resize(panel_.size() * people);
  texts_.emplace(people);
  progress_.emplace_back();
  progress_numbers_.emplace(progress_.front(), 0);
  progress_of_.resize(people);
  return {};
}

void CohortRows::skip(std::uint64_t rows, std::uint64_t position) {
  about.records += rows;
  if (rows > 0) places_.go_on(position);
}

// row makes of each distinct text a row of one sample, which is the reference's to read.
Status CohortRows::row(const genome::Line& line) {
  std::size_t calls = 0;
  for (std::size_t tabs = 0; tabs <= genome::fixed_columns && calls != std::string_view::npos; ++tabs) {
    calls = line.text.find('\t', calls);
    if (calls != std::string_view::npos) ++calls;
  }
  if (calls == std::string_view::npos || !texts_->split(line.text.substr(calls))) {
    GLOVEBOX_CHECK(parse_record(line, header_, 0));
    return fail(Reject::vcf_malformed, "a row with another number of columns");  // not reached: the reference said so
  }
  if (texts_->size() > row_bytes_max / calls)
    return fail(Reject::too_large, std::to_string(texts_->size()) + " calls beside " + std::to_string(calls) + " bytes",
                "at most " + std::to_string(row_bytes_max) + " bytes in a row");
  const View fixed = view_of(line.text.substr(0, calls));
  std::optional<genome::Chromosome> chromosome;
  one_row_.assign(fixed.begin(), fixed.end());
  together_ = progress_.size() == 1;
  evens_size_ = 0;
  progress_of_texts_.assign(texts_->size(), 0);
  for (std::size_t i = 0; i < texts_->size(); ++i) {
    const View text = view_of(texts_->text(i));
    one_row_.resize(calls);
    one_row_.insert(one_row_.end(), text.begin(), text.end());
    GLOVEBOX_TRY(record, parse_record({text_of(one_row_), line.ending, line.number}, header_of_one_, 0));
    if (i == 0) {
      ++about.records;
      GLOVEBOX_TRY(place, places_.next(record));
      chromosome = place;
    }
    if (!chromosome) continue;
    find_touched(record, *chromosome);
    GLOVEBOX_CHECK(together_ ? apply_by_text(i, record, *chromosome) : apply_by_person(i, record, *chromosome));
  }
  erase(one_row_);
  if (chromosome) settle_row();
  return {};
}

// apply_by_text: everybody with the text had the same progress. Where everybody had the same state too, a state for the
// text is all there is to find, and settle_row gives it to people.
Status CohortRows::apply_by_text(std::size_t text, const genome::Record& record, genome::Chromosome chromosome) {
  const std::span<Touched> touched = std::span(touched_).first(touched_size_);
  for (Touched& one : touched) {
    const std::uint32_t state = everybodys_[one.site];
    if (state == uneven) {
      find_before(one, texts_->samples(text));
    } else {
      one.before.assign(1, static_cast<std::uint16_t>(state));
    }
  }
  GLOVEBOX_CHECK(ask(progress_.front(), record, chromosome));
  for (const Touched& one : touched) {
    if (everybodys_[one.site] == uneven)
      write(one, texts_->samples(text));
    else {
      GLOVEBOX_TRY(all, even(one.site));
      all->after[text] = one.after.front();
    }
  }
  progress_of_texts_[text] = number_of(matcher_.progress());
  return {};
}

// apply_by_person: people with the text have been told apart by rows before.
Status CohortRows::apply_by_person(std::size_t text, const genome::Record& record, genome::Chromosome chromosome) {
  const Samples samples = texts_->samples(text);
  sorted_.assign(samples.begin(), samples.end());
  std::ranges::stable_sort(sorted_, {}, [this](std::uint32_t person) { return progress_of_[person]; });
  const std::span<Touched> touched = std::span(touched_).first(touched_size_);
  for (Samples left = sorted_; !left.empty();) {
    const std::uint32_t before = progress_of_[left.front()];
    const auto end = std::ranges::find_if(left, [&](std::uint32_t person) { return progress_of_[person] != before; });
    const Samples alike = left.first(static_cast<std::size_t>(end - left.begin()));
    left = left.subspan(alike.size());
    for (Touched& one : touched) find_before(one, alike);
    GLOVEBOX_CHECK(ask(progress_[before], record, chromosome));
    for (const Touched& one : touched) {
      if (one.before != one.after) everybodys_[one.site] = uneven;
      write(one, alike);
    }
    const std::uint32_t after = number_of(matcher_.progress());
    for (const std::uint32_t person : alike) progress_of_[person] = after;
  }
  return {};
}

// find_touched finds the sites whose stretch meets what the record speaks of (reach.h).
void CohortRows::find_touched(const genome::Record& record, genome::Chromosome chromosome) {
  touched_size_ = 0;
  const std::uint64_t from = record.pos > longest_stretch_ ? record.pos - longest_stretch_ : 0;
  const std::uint64_t last = std::max(record.end, record.ref_end() + 1);
  for (const std::uint32_t site : panel_.starting_in(chromosome, from, last)) {
    if (stretch_of(panel_, site).last < record.pos) continue;
    if (touched_size_ == touched_.size()) touched_.emplace_back();
    touched_[touched_size_++].site = site;
  }
}

void CohortRows::find_before(Touched& touched, Samples samples) {
  touched.before.clear();
  ++questions_;
  const std::uint16_t* const at = states_at(touched.site);
  for (const std::uint32_t person : samples) {
    const std::uint16_t state = at[person];
    if (met_[state] == questions_) continue;
    met_[state] = questions_;
    touched.before.push_back(state);
  }
}

// ask finds what becomes of the touched sites' states. Sites do not depend on each other, so each round asks the
// Matcher for one state of every site.
Status CohortRows::ask(const Matcher::Progress& progress, const genome::Record& record, genome::Chromosome chromosome) {
  const Matcher::Progress before = progress;
  const std::span<Touched> touched = std::span(touched_).first(touched_size_);
  std::size_t rounds = 1;
  for (Touched& one : touched) {
    one.after.clear();
    rounds = std::max(rounds, one.before.size());
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    matcher_.set_progress(before);
    for (const Touched& one : touched)
      if (round < one.before.size()) matcher_.set_seen(one.site, sites_[one.site][one.before[round]]);
    GLOVEBOX_CHECK(matcher_.record(record, chromosome));
    for (Touched& one : touched)
      if (round < one.before.size()) GLOVEBOX_CHECK(note(one, record));
  }
  return {};
}

void CohortRows::write(const Touched& touched, Samples samples) {
  if (touched.before == touched.after) return;
  for (std::size_t i = 0; i < touched.before.size(); ++i) becomes_[touched.before[i]] = touched.after[i];
  std::uint16_t* const at = states_at(touched.site);
  for (const std::uint32_t person : samples) at[person] = becomes_[at[person]];
}

Result<CohortRows::Even*> CohortRows::even(std::uint32_t site) {
  const std::size_t place = place_of_even_[site];
  if (place < evens_size_ && evens_[place].site == site) return &evens_[place];
  if ((evens_size_ + 1) * texts_->size() > (states_bytes_max(bytes_max_) - states_bytes_) / sizeof(std::uint16_t))
    return too_many_states(bytes_max_);  // a row of many sites and many texts
  if (evens_size_ == evens_.size()) evens_.emplace_back();
  place_of_even_[site] = static_cast<std::uint32_t>(evens_size_);
  Even& out = evens_[evens_size_++];
  out.site = site;
  out.after.assign(texts_->size(), static_cast<std::uint16_t>(everybodys_[site]));
  return &out;
}

// settle_row gives people what was found by text.
void CohortRows::settle_row() {
  const std::span<const std::uint32_t> text_of = texts_->text_of();
  for (const Even& one : std::span(evens_).first(evens_size_)) {
    const std::uint16_t first = one.after.front();
    const bool same = std::ranges::all_of(one.after, [first](std::uint16_t state) { return state == first; });
    if (same && first == everybodys_[one.site]) continue;
    everybodys_[one.site] = same ? first : uneven;
    std::uint16_t* const at = states_at(one.site);
    for (std::size_t person = 0; person < text_of.size(); ++person) at[person] = one.after[text_of[person]];
  }
  if (together_ && progress_.size() > 1)
    for (std::size_t person = 0; person < text_of.size(); ++person)
      progress_of_[person] = progress_of_texts_[text_of[person]];
  forget_progress();
}

std::uint32_t CohortRows::number_of(const Matcher::Progress& progress) {
  const auto number = static_cast<std::uint32_t>(progress_.size());
  const auto [at, is_new] = progress_numbers_.try_emplace(progress, number);
  if (is_new) progress_.push_back(progress);
  return at->second;
}

Status CohortRows::note(Touched& touched, const genome::Record& record) {
  Matcher::Seen seen = matcher_.seen(touched.site);
  seen.matched_line = 0;  // it is asked for within a record only
  SiteStates& site = sites_[touched.site];
  const std::size_t had = site.bytes();
  const std::size_t number = site.number_of(seen);
  states_bytes_ += site.bytes() - had;
  if (states_bytes_ > states_bytes_max(bytes_max_)) return too_many_states(bytes_max_);
  if (number == site_states_max)
    return fail_at(record.place(), "calls", "more than " + std::to_string(site_states_max) + " different ones",
                   "fewer at one site", {}, Reject::too_large);
  touched.after.push_back(static_cast<std::uint16_t>(number));
  return {};
}

// forget_progress drops what is nobody's any more.
void CohortRows::forget_progress() {
  if (progress_.size() == 1) return;
  constexpr std::uint32_t none = ~std::uint32_t{0};
  std::vector<std::uint32_t> numbers(progress_.size(), none);
  std::vector<Matcher::Progress> kept;
  for (std::uint32_t& number : progress_of_) {
    if (numbers[number] == none) {
      numbers[number] = static_cast<std::uint32_t>(kept.size());
      kept.push_back(progress_[number]);
    }
    number = numbers[number];
  }
  progress_ = std::move(kept);
  progress_numbers_.clear();
  for (std::size_t i = 0; i < progress_.size(); ++i)
    progress_numbers_.emplace(progress_[i], static_cast<std::uint32_t>(i));
}

std::vector<Matcher::Weighed> CohortRows::weigh(std::uint32_t site) {
  const SiteStates& states_of_site = sites_[site];
  std::vector<Matcher::Weighed> out;
  out.reserve(states_of_site.size());
  for (std::size_t i = 0; i < states_of_site.size(); ++i) {
    matcher_.set_seen(site, states_of_site[i]);
    out.push_back(matcher_.weigh(site));
  }
  return out;
}

}  // namespace glovebox::scan
