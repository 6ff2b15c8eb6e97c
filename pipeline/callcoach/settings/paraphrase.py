"""Settings of paraphrases."""

from __future__ import annotations

from callcoach.settings.section import Section, setting

_WRITTEN = "written for callcoach"
_FITTED = "logistic regression on exchanges written for callcoach (docs/paraphrase.md)"


class ParaphraseConfig(Section):
    """Paraphrases."""

    window: int = setting(
        3,
        "A turn can give back what was said in so many turns of the customer before it; turns "
        "of listener words alone do not count.",
        unit="turns",
        ge=1,
    )
    threshold: float = setting(
        0.65,
        "A turn with at least this score is a paraphrase.",
        source="chosen on the sample calls, the written exchanges and the labelled turns",
        ge=0,
        le=1,
    )
    book_weight: float = setting(
        0.25,
        "Weight of what a turn's own words tell beside the comparison of turns.",
        source="written exchanges gain by it up to 0.8, development meetings lose from 0.2 on",
        ge=0,
    )
    listener_words: tuple[str, ...] = setting(
        tuple(
            "yeah yes yep yup mm mmm mhm mm-hm hm hmm uh-huh uh huh um right okay ok oh sure ah no "
            "alright exactly good great well bye goodbye hello hi thank thanks you welcome perfect "
            "wonderful lovely awesome cool fine all correct".split()
        ),
        "A turn of these words alone holds nothing to give back.",
        source=_WRITTEN,
    )
    frames: tuple[str, ...] = setting(
        (
            "so you",
            "so you're",
            "so you've",
            "so you'd",
            "you're saying",
            "you are saying",
            "what you're saying",
            "you say",
            "you said",
            "you mean",
            "are you saying",
            "if i understand",
            "if i understood",
            "understand you correctly",
            "understand you right",
            "if i hear you",
            "if i heard you",
            "i hear you saying",
            "what i hear",
            "what i'm hearing",
            "i'm hearing",
            "let me make sure",
            "just to make sure",
            "make sure i",
            "make sure that i",
            "let me see if i",
            "did i get that",
            "have i got that",
            "if i've got",
            "let me check i",
            "let me check that i",
            "just to confirm",
            "just to clarify",
            "to sum up",
            "to summarise",
            "to summarize",
            "to recap",
            "let me recap",
            "in other words",
            "so basically",
            "so what happened is",
            "sounds like",
            "sounds as if",
            "sounds as though",
            "seems like",
            "seems as if",
            "it seems that",
            "it seems to you",
            "looks like you",
            "feels like you",
            "it feels as if",
            "you feel",
            "you're feeling",
            "for you it's",
            "part of you",
            "on the one hand",
            "on the other hand",
            "you're torn",
            "you're wondering",
            "you find yourself",
            "you see yourself",
        ),
        "Words that open or frame a paraphrase.",
        source=_WRITTEN,
    )
    tags: tuple[str, ...] = setting(
        (
            "right",
            "correct",
            "is that right",
            "is that correct",
            "is that it",
            "did i get that right",
            "have i got that right",
            "am i right",
            "isn't it",
            "aren't you",
            "don't you",
            "didn't you",
            "is it",
            "yeah",
            "then",
        ),
        "Words at the end of a turn that ask for a confirmation.",
        source=_WRITTEN,
    )
    asking: tuple[str, ...] = setting(
        (
            "what is your",
            "what was your",
            "what's your",
            "who is your",
            "when is your",
            "where is your",
        ),
        "Wherever one of these stands in a clause, it asks for something new.",
        source=_WRITTEN,
    )
    questions: tuple[str, ...] = setting(
        (
            "what",
            "why",
            "when",
            "where",
            "who",
            "which",
            "how",
            "do you",
            "did you",
            "are you",
            "were you",
            "have you",
            "has",
            "can you",
            "could you",
            "would you",
            "will you",
            "is there",
            "is it",
            "is the",
            "was it",
            "can i",
            "may i",
            "could i",
            "shall i",
            "does",
            "do they",
            "what's",
            "where's",
            "who's",
            "how's",
            "tell me",
            "was the",
            "are there",
            "did they",
            "had you",
            "would it",
            "should i",
            "shall we",
            "is that",
            "do we",
            "don't you",
            "what about",
            "how about",
            "isn't",
            "are we",
            "do i",
            "can we",
        ),
        "Words that begin a question for something new.",
        source=_WRITTEN,
    )
    advice: tuple[str, ...] = setting(
        (
            "you should",
            "you could",
            "you can",
            "you need to",
            "you have to",
            "you'll need",
            "you might want",
            "you may want",
            "you must",
            "you will",
            "you'll",
            "please",
            "let's",
            "let us",
            "try to",
            "i would",
            "i'd",
            "i suggest",
            "i recommend",
            "i would recommend",
            "we recommend",
            "we advise",
            "make sure you",
            "why don't you",
            "maybe you could",
            "it's best",
            "it helps",
            "you'd have to",
            "you want to go",
            "don't worry",
            "i think you",
            "i think that you",
        ),
        "Words that advise or instruct.",
        source=_WRITTEN,
    )
    news: tuple[str, ...] = setting(
        (
            "i'll",
            "i will",
            "we'll",
            "we will",
            "i can",
            "we can",
            "i'm going to",
            "i am going to",
            "we're going to",
            "let me check",
            "let me look",
            "let me pull",
            "let me see what",
            "let me ask",
            "let me talk",
            "i've",
            "i have",
            "we have",
            "we've",
            "we had",
            "i can see",
            "i can offer",
            "your account",
            "you get",
            "you've been",
            "it takes",
            "it usually takes",
            "our policy",
            "our system",
            "our terms",
            "i just",
            "there's a",
            "there is a",
            "there are",
            "in the system",
            "i went",
            "i used to",
            "i had",
            "i see here",
            "has been",
            "is scheduled",
            "will be",
            "was approved",
            "people",
            "most people",
            "some",
        ),
        "Words that tell news of one's own or offer something.",
        source=_WRITTEN,
    )
    courtesies: tuple[str, ...] = setting(
        (
            "thank you",
            "thanks",
            "you're welcome",
            "good morning",
            "good afternoon",
            "good evening",
            "hello",
            "hi",
            "bye",
            "goodbye",
            "have a nice",
            "have a good",
            "have a great",
            "take care",
            "one moment",
            "just a moment",
            "hold",
            "bear with me",
            "how can i help",
            "how may i help",
            "anything else",
            "my name is",
            "this is",
            "sorry",
            "apologise",
            "apologize",
            "apologies",
            "i understand",
            "i completely understand",
            "no problem",
            "of course",
            "great",
            "well done",
            "wonderful",
            "good for you",
            "proud of",
            "congratulations",
            "welcome",
            "i get that",
            "i appreciate",
        ),
        "Words of greeting, thanks, excuse, praise and waiting.",
        source=_WRITTEN,
    )
    feelings: tuple[str, ...] = setting(
        (
            *(
                "afraid alone angry annoyed annoying anxious ashamed awful betrayed bitter "
                "confused desperate devastated difficult disappointed discouraged "
                "discouraging dread dreading embarrassed embarrassing empty exhausted "
                "exhausting exhaustion feel feeling feels felt frightened frightening "
                "frustrated frustrating frustration furious guilty hard heartbroken helpless "
                "hopeless humiliated hurt hurts ignored insecure invisible isolated jealous "
                "lonely longing lost mad miserable miss nervous overwhelmed overwhelming "
                "painful panic powerless pressure proud resentful rough sad scared scary "
                "shame shock sick stressed stressful struggling stuck tense terrible "
                "terrified tired torn tough trapped uncomfortable unfair unhappy upset "
                "upsetting worried worries worry worrying"
            ).split(),
            *("fed up", "cut off", "let down", "left out", "shut out"),
        ),
        "Words that name a feeling or what causes one.",
        source=_WRITTEN,
    )
    summary_frames: tuple[str, ...] = setting(
        (
            "to sum up",
            "to summarise",
            "to summarize",
            "let me make sure",
            "let me see if i",
            "to recap",
            "let me recap",
            "on the one hand",
            "go over that again",
            "pull it together",
            "let me check that i",
        ),
        "Words that announce a summary.",
        source=_WRITTEN,
    )
    summary_words: int = setting(
        2,
        "A turn that takes so many content words from each of two turns is a summary.",
        unit="words",
        ge=1,
    )
    feeling_frames: tuple[str, ...] = setting(
        ("sounds", "sound", "that's", "it's", "must have", "must be", "so hard", "so unfair"),
        "Words that tie a feeling to the other where the clause has no 'you'.",
        source=_WRITTEN,
    )
    detail_questions: tuple[str, ...] = setting(
        (
            "name",
            "number",
            "address",
            "street",
            "postcode",
            "zip",
            "date",
            "birth",
            "birthday",
            "email",
            "e mail",
            "mail",
            "reference",
            "order",
            "account",
            "which day",
            "what day",
            "when",
            "what time",
            "where",
            "spell",
            "new address",
            "which one",
            "what would suit",
            "suits you",
            "suit you",
        ),
        "Words of a question for a detail.",
        source=_WRITTEN,
    )
    detail_words: int = setting(12, "Longest clause that reads a detail back.", unit="words", ge=1)
    detail_covered: float = setting(
        0.75, "Least share of its words that the other had used.", gt=0, le=1
    )
    detail_confidence: float = setting(0.7, "Confidence of a detail read back.", ge=0, le=1)
    agreements: tuple[str, ...] = setting(
        (
            "yes",
            "yeah",
            "yep",
            "yup",
            "exactly",
            "right",
            "correct",
            "true",
            "absolutely",
            "definitely",
            "precisely",
            "that's it",
            "pretty much",
            "kind of",
            "indeed",
            "i do",
            "it does",
            "it is",
            "it was",
            "mhm",
            "mm hm",
            "totally",
            "basically",
            "sure",
            "i am",
        ),
        "Words with which the other agrees.",
        source=_WRITTEN,
    )
    corrections: tuple[str, ...] = setting(
        (
            "not really",
            "not quite",
            "that's not",
            "that is not",
            "that's wrong",
            "no i said",
            "no i mean",
            "no i meant",
            "no it's",
            "no it was",
            "no that",
            "no but",
            "no no",
            "not what i",
            "not exactly",
            "i didn't say",
            "you misunderstood",
            "you're not listening",
            "wrong",
        ),
        "Words with which the other corrects.",
        source=_WRITTEN,
    )
    reply_words: int = setting(
        8, "How many words of the reply tell whether it agrees.", unit="words", ge=1
    )
    weight_bias: float = setting(-4.05, "Constant of the score, in log-odds.", source=_FITTED)
    weight_similar: float = setting(3.4, "Weight of the feature similar.", source=_FITTED)
    weight_covered: float = setting(1.45, "Weight of the feature covered.", source=_FITTED)
    weight_shared: float = setting(5.6, "Weight of the feature shared.", source=_FITTED)
    weight_adjacent: float = setting(0.59, "Weight of the feature adjacent.", source=_FITTED)
    weight_echo: float = setting(0.75, "Weight of the feature echo.", source=_FITTED)
    weight_you: float = setting(1.28, "Weight of the feature you.", source=_FITTED)
    weight_you_first: float = setting(1.54, "Weight of the feature you_first.", source=_FITTED)
    weight_own: float = setting(-1.19, "Weight of the feature own.", source=_FITTED)
    weight_frame: float = setting(0.91, "Weight of the feature frame.", source=_FITTED)
    weight_so: float = setting(1.97, "Weight of the feature so.", source=_FITTED)
    weight_question: float = setting(-0.98, "Weight of the feature question.", source=_FITTED)
    weight_other_question: float = setting(
        -1.02, "Weight of the feature other_question.", source=_FITTED
    )
    weight_tag: float = setting(1.94, "Weight of the feature tag.", source=_FITTED)
    weight_advice: float = setting(-1.51, "Weight of the feature advice.", source=_FITTED)
    weight_news: float = setting(-0.61, "Weight of the feature news.", source=_FITTED)
    weight_courtesy: float = setting(-0.34, "Weight of the feature courtesy.", source=_FITTED)
    weight_feeling: float = setting(1.21, "Weight of the feature feeling.", source=_FITTED)
    weight_numbers: float = setting(-0.29, "Weight of the feature numbers.", source=_FITTED)
    weight_length: float = setting(0.35, "Weight of the feature length.", source=_FITTED)
    weight_rest: float = setting(-0.27, "Weight of the feature rest.", source=_FITTED)
    weight_answers: float = setting(-0.33, "Weight of the feature answers.", source=_FITTED)
