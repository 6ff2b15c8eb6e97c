"""Calls made by rule, with who is who: what the signs of roles are weighed on.

Openings, reasons, questions, answers and endings are drawn for inbound calls and for outbound ones
(sales, collections, reminders, deliveries); talk among friends has nobody who is an agent. What a
recogniser and a diariser do to words is done to them as well: words lost, changed or given to the
other one, only a part of the call heard.
"""

from __future__ import annotations

import random
import string
from collections.abc import Sequence
from dataclasses import dataclass

AGENT, CUSTOMER = "agent", "customer"
Turns = list[tuple[str, str]]


@dataclass(frozen=True)
class LabelledCall:
    """Who said what. ``service`` is false where nobody is an agent; names are roles otherwise."""

    source: str
    id: str
    turns: tuple[tuple[str, str], ...]
    service: bool = True


NAMES = (
    "Anna Tom Priya Mark Lucy Hassan Kevin Maria Dave Olga Jen Samuel Rosa Wei Brian Fatima Joe "
    "Carol Ahmed Nina Paul Grace Ivan Helen Marcus Tara Leon Sofia Greg Amy"
).split()
LAST = "Hill Novak Shah Brown Okoro Meyer Flynn Costa Ward Tanaka Lopez Reid Khan Baker".split()
COMPANIES = (
    "Blue River Bank|Northgate Energy|Fenwick Insurance|Oakline Telecom|Summit Health Clinic|"
    "Riverside Auto|Harvest Foods|Kestrel Travel|Pinewood Furniture|Citywide Water|"
    "Brightside Dental|Lakeview Hotel|Metro Couriers|Arden Finance|Clearview Windows|"
    "Skyline Internet|the gas company|the loan department|the finance department of Arden|"
    "the billing office|the student services team|First Choice Solar"
).split("|")
TOWNS = "Leeds Dayton Cork Perth Salem Derby Austin Bristol Tampa Halifax".split()
STREETS = "Mill Lane|Oak Avenue|High Street|Park Road|Elm Street|Station Road|Maple Drive".split(
    "|"
)
THINGS = (
    "order bill account card delivery parcel router booking appointment policy phone laptop refund "
    "subscription invoice meter claim prescription reservation car boiler tablet"
).split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday".split()

INBOUND = (
    "Thank you for calling {company}, this is {agent}, how can I help you?",
    "Thanks for calling {company}. My name is {agent}. How may I help you today?",
    "{company}, {agent} speaking, how can I help?",
    "Good morning, {company}, {agent} speaking.",
    "Good afternoon, you're through to {agent} at {company}. What can I do for you?",
    "Hello, {company}, how can I help you?",
    "Hi, thank you for contacting {company}. Who am I speaking with please?",
    "Welcome to {company}, this call is recorded. My name is {agent}.",
    "Hi there, this is {agent}, how may I assist you?",
    "Customer service, {agent} speaking.",
    "Hello, my name is {agent}, may I have your name please?",
    "{company}.",
    "Hello, this is {agent}.",
    "Good morning, how can I help?",
    "Hello, {agent} here.",
    "Hi, what can I get for you?",
    "",
    "",
    "",
)
OUTBOUND = (
    "Hello, am I speaking to Mr {last}?",
    "Hi, is this {customer}?",
    "Good morning, may I speak to {customer} please?",
    "Hello {customer}, this is {agent} from {company}.",
    "Hi, this is {agent} calling from {company}, how are you today?",
    "Good afternoon, my name is {agent} and I'm calling from {company}.",
    "Hello, I'm calling you from {company}.",
    "Yes hello, I am calling you from {company} regarding your {thing}.",
    "Hi {customer}, it's {agent} with {company}, I'm calling about your {thing}.",
    "Hello sir, I'm calling on behalf of {company}, have you got a minute?",
    "Is that Mrs {last}? This is {agent} from {company}.",
    "Good evening, could I speak with {customer} {last}?",
    "Hello, can you hear me? This is {company} calling.",
)
CALLEE = (
    "Hello?",
    "Hello.",
    "Yes, speaking.",
    "Yes, this is she.",
    "Yeah, this is him.",
    "Yes?",
    "Who's calling?",
    "This is {customer}.",
    "Yes, who is this?",
    "Speaking.",
    "Hi, yes.",
    "Yes, that's me.",
    "What is this about?",
)
OUT_REASON = (
    "The reason for my call is your {thing}, we noticed that it has not been paid yet.",
    "I see that you filled out a form on our website last week about a {thing}.",
    "I'm just calling to confirm your appointment on {day}.",
    "I wanted to let you know that your {thing} is ready to be picked up.",
    "We have a special offer for our customers this month, would you be interested?",
    "You recently applied for a loan with us and I would like to go through your application.",
    "It's regarding the balance of {money} dollars on your account.",
    "I'm calling to follow up on your {thing} and to see if you have any questions.",
    "This is a courtesy call to remind you that your payment is due on {day}.",
    "We have a delivery for you and the driver can not find your address.",
    "You were looking for information about our courses, are you still interested?",
    "I am calling because you requested a call back from us.",
)
OUT_REPLY = (
    "Okay.",
    "Oh yes, I remember.",
    "I already paid that last week.",
    "I'm not interested, thanks.",
    "What company did you say?",
    "I didn't ask for that.",
    "Yes, I filled that out.",
    "Right, and how much is it?",
    "I lost my job so I can't pay all of it now.",
    "Can you send me something by email?",
    "I'm at work, can you call me back later?",
    "How did you get my number?",
    "Sure, go ahead.",
    "Yes, I'm still interested.",
    "How long does it take?",
    "Well I don't have the money right now.",
)
REASON = (
    "Hi, I'm calling about my {thing}.",
    "Hello, I have a problem with my {thing}.",
    "Hi, I'd like to book an appointment for {day}.",
    "Yeah hi, my {thing} has not arrived.",
    "I want to cancel my {thing}.",
    "Hi {agent}, I was wondering if you could help me with my {thing}.",
    "I've been charged twice for my {thing}.",
    "My {thing} stopped working yesterday.",
    "Hello, my name is {customer} {last} and I'm calling because I lost my card.",
    "I need to change the address on my account.",
    "I ordered something two weeks ago and it never came.",
    "I'd like to buy a new phone.",
    "Do you have any tables free for {day}?",
    "Hi, I got a letter from you saying that I owe {money} dollars.",
    "I would like to know how much it costs.",
    "I can't log in to my account.",
    "I filled out an application online and it says to call.",
    "I have this light on in my car and I want somebody to look at it.",
    "My internet is really slow.",
    "I need a refill for my prescription.",
    "Hi, it's {customer}, I need to move my appointment.",
    "I'd like to make a complaint.",
    "I'm trying to find out what happened to my {thing}.",
    "I just want to get a quote.",
    "There's no hot water in my flat.",
)
ASK = (
    ("Can I have your {data} please?", "{answer}"),
    ("Could you give me your {data}?", "Sure, it's {answer}"),
    ("What's your {data}?", "{answer}"),
    ("And your {data}?", "It's {answer}"),
    ("May I get the {data} on the account?", "Yes, {answer}"),
    ("Can you confirm your {data} for me?", "Yes it is {answer}"),
    ("I just need to verify your {data}.", "Okay, {answer}"),
    ("I'll need your {data}.", "Um {answer}"),
    ("Could you spell that for me?", "{spelled}"),
    ("How do you spell your last name?", "{spelled}"),
    ("For security, what is your {data}?", "My {data} is {answer}"),
    ("And who am I speaking with?", "My name is {customer} {last}."),
    ("What is a good number to reach you?", "{digits}"),
    ("Okay and the first line of your address?", "{house} {street}."),
    ("Do you have the {data} in front of you?", "Yeah hold on, let me get it. {answer}"),
)
DATA = (
    "name",
    "full name",
    "date of birth",
    "account number",
    "order number",
    "address",
    "postcode",
    "zip code",
    "phone number",
    "email address",
    "policy number",
    "reference number",
    "last name",
)
WORK = {
    AGENT: (
        "Okay, let me check that for you.",
        "One moment please.",
        "Bear with me while I pull that up.",
        "I can see here that your {thing} was sent on {day}.",
        "Thank you for waiting.",
        "Thanks for holding.",
        "I'm sorry to hear that.",
        "I apologize for the inconvenience.",
        "I do understand your frustration.",
        "I'm going to put you on a brief hold.",
        "Let me transfer you to the right department.",
        "Looking at your account, I see a payment of {money} dollars.",
        "Our technician can come on {day}.",
        "We can send you a new one.",
        "Our policy is thirty days.",
        "Would you like me to send that by email?",
        "Does {day} work for you?",
        "I'll send you a confirmation.",
        "Have you tried turning it off and on again?",
        "What colour is the light?",
        "How long has it been doing that?",
        "Is that correct?",
        "Okay, perfect.",
        "I can offer you a refund.",
        "It looks like your {thing} is on the way.",
        "Are you in front of your computer?",
        "You will receive it in three to five business days.",
        "I have you down for {day} at ten.",
        "What day would you prefer?",
        "Shall I book that for you?",
        "So you want the {thing} on {day}, is that right?",
        "I've noted that on your account.",
        "Yes sir.",
        "Sure, no problem.",
        "Right, okay.",
        "Would you prefer regular or express?",
        "We have blue, red and black.",
        "That will be {money} dollars.",
        "Do you want to pay by card?",
        "The system is a bit slow today.",
        "Please stay on the line.",
        "I'll need to speak to my supervisor.",
        "I would recommend the bigger one.",
        "When did you buy it?",
        "Okay, certainly.",
    ),
    CUSTOMER: (
        "Okay.",
        "Yes.",
        "Yeah.",
        "Right.",
        "Thank you.",
        "Sure.",
        "No, that's fine.",
        "How long will that take?",
        "I've been waiting for two weeks.",
        "How much is it?",
        "I already told your colleague that.",
        "Nobody called me back.",
        "Can I get a refund?",
        "That would be great.",
        "When will my {thing} come?",
        "Do I have to pay for that?",
        "I paid for it last month.",
        "You charged me twice.",
        "I don't understand why my bill is so high.",
        "That's not what I was told.",
        "Yes please.",
        "I want to speak to a manager.",
        "I don't have my {thing} with me.",
        "It is not working at all.",
        "I bought it from you in March.",
        "{day} is fine.",
        "In the morning please.",
        "My husband is at home then.",
        "So what do I do now?",
        "Will I get an email?",
        "I'm at home all day.",
        "This is ridiculous.",
        "I tried that already.",
        "It says error.",
        "Okay, let me write that down.",
        "Can you send it to my email?",
        "It's the third time I call.",
        "Because I need it for work.",
        "I live on {street}.",
        "I'd like the black one.",
    ),
}
STEPS = (
    ("Go to the settings please.", "Okay, I'm there."),
    ("Click on the start button.", "Okay."),
    ("Now press and hold the button for ten seconds.", "Okay, done."),
    ("Unplug it and plug it back in.", "It's back on."),
    ("Do you see a green light?", "Yes, I see it."),
    ("What does the screen say?", "It says no connection."),
    ("Type in your password.", "I did that."),
    ("Can you scroll down?", "Yes."),
    ("Try to restart it.", "It's loading."),
    ("You should see a little icon.", "I don't see that."),
    ("Select the second one.", "Okay, got it."),
    ("Make sure the cable is connected.", "It is."),
    ("I want you to open the door of the machine.", "Okay, it's open."),
    ("Turn it off for me.", "Done."),
)
ENDINGS = (
    ("Is there anything else I can help you with?", "No, that's all. Thank you."),
    ("Anything else today?", "No, that's it."),
    ("Have a great day.", "You too."),
    ("Thank you for calling. Have a nice day.", "Thanks, bye."),
    ("You're all set.", "Thank you so much for your help."),
    ("Okay, we will call you back tomorrow.", "Okay, thanks."),
    ("You're welcome, bye bye.", "Bye."),
    ("Alright, thank you for your time.", "Okay bye."),
    ("Thank you sir, take care.", "Thanks."),
)
CHAT = (
    "So how are you doing?",
    "I'm good, how about you?",
    "How was your weekend?",
    "My son started school on {day}.",
    "Did you see the game?",
    "We went to {town} with the kids.",
    "I think it's going to rain.",
    "Yeah, I know.",
    "My car broke down again and I had to pay {money} dollars.",
    "Oh no, what happened?",
    "You should see a doctor.",
    "I bought a new {thing}.",
    "How much was it?",
    "My mother is coming on {day}.",
    "That's great.",
    "Really?",
    "Do you have a dog?",
    "I don't really watch much TV.",
    "What kind of music do you like?",
    "I've been working a lot.",
    "I was looking for a job in {town}.",
    "How long have you lived there?",
    "We used to have a house on {street}.",
    "I don't know what they are going to do about taxes.",
    "Well, in my opinion they should stop that.",
    "My husband cooks most of the time.",
    "Have you tried the new place?",
    "Let me think.",
    "You know what I mean.",
    "I would like to go there some time.",
    "Do you like your job?",
    "Our school has a good team.",
    "I'm sorry to hear that.",
    "It's not working for us.",
    "We have two cats.",
    "What do you do for fun?",
    "I can't believe it.",
    "Is your {thing} new?",
    "I never got the time to read.",
    "Are you still in {town}?",
    "I need to get some sleep.",
    "I mentioned that I changed my company.",
    "Oh okay, that makes sense.",
    "My {thing} was so expensive.",
    "I see.",
    "Are you calling from home?",
    "My name is {customer}.",
    "I'm from {town}.",
    "You will love it.",
    "We want to move next year.",
    "I called you yesterday.",
    "Try to get some rest.",
    "Well, have a good day.",
    "It was nice talking to you.",
    "I'm calling from {town}.",
    "You have to see it.",
    "I have to take my car to the shop.",
    "So you have three children, is that right?",
    "What does your wife do?",
)
SMALL = tuple("a the to of and it is in on that so you i we for".split())
MISHEARD = tuple(
    "all her hole clear then our door case men four at core great sun ear week calling".split()
)


def made_call(number: int, reasons: Sequence[str] = ()) -> LabelledCall:
    """A call by rule; the same number gives the same call. ``reasons`` are more of them."""
    rng = random.Random(f"role call {number}")
    kind = rng.choices(("inbound", "outbound", "chat"), (5, 4, 2))[0]
    if kind == "chat":
        turns = [
            (rng.choice(("first", "second")), rng.choice(CHAT)) for _ in range(rng.randint(6, 60))
        ]
    else:
        turns = _inbound(rng, reasons) if kind == "inbound" else _outbound(rng)
        turns += _middle(rng)
        for ask, answer in rng.sample(ENDINGS, rng.randint(0, 3)):
            turns += [(AGENT, ask), (CUSTOMER, answer)]
    facts = _facts(rng)
    filled = [(who, _filled(text, facts, rng)) for who, text in turns if text]
    return LabelledCall(kind, f"{kind}-{number}", tuple(filled), kind != "chat")


def worsened(call: LabelledCall, rng: random.Random, words: float, swapped: float) -> LabelledCall:
    """The call as a recogniser and a diariser may give it.

    ``words`` is the share of words that are lost or changed, ``swapped`` the share of stretches of
    three words that go to the other speaker.
    """
    speakers = tuple(dict.fromkeys(who for who, _ in call.turns))
    turns: Turns = []
    for who, text in call.turns:
        parts = text.split()
        for start in range(0, len(parts), 3):
            kept = [
                heard for word in parts[start : start + 3] if (heard := _heard(word, rng, words))
            ]
            other = next((name for name in speakers if name != who), who)
            whose = other if rng.random() < swapped else who
            if kept and turns and turns[-1][0] == whose:
                turns[-1] = (whose, f"{turns[-1][1]} {' '.join(kept)}")
            elif kept:
                turns.append((whose, " ".join(kept)))
    return LabelledCall(call.source, call.id, tuple(turns), call.service)


def part_of(call: LabelledCall, start: int, words: int) -> LabelledCall:
    """About ``words`` words from word ``start`` on, whole turns."""
    turns, count = [], 0
    for who, text in call.turns:
        if start <= count < start + words:
            turns.append((who, text))
        count += len(text.split())
    return LabelledCall(call.source, call.id, tuple(turns), call.service)


def _heard(word: str, rng: random.Random, share: float) -> str:
    if rng.random() >= share:
        return word
    return rng.choice(("", "", rng.choice(SMALL), rng.choice(MISHEARD)))


def _inbound(rng: random.Random, reasons: Sequence[str]) -> Turns:
    reason = rng.choice(reasons) if reasons and rng.random() < 0.5 else rng.choice(REASON)
    turns = [(AGENT, rng.choice(INBOUND)), (CUSTOMER, reason)]
    if rng.random() < 0.2:
        turns.insert(1, (CUSTOMER, rng.choice(("Hello?", "Hi, can you hear me?", "Oh, hello."))))
    return turns if rng.random() < 0.85 else turns[1:]


def _outbound(rng: random.Random) -> Turns:
    turns = [(CUSTOMER, "Hello?")] if rng.random() < 0.5 else []
    turns.append((AGENT, rng.choice(OUTBOUND)))
    turns.append((CUSTOMER, rng.choice(CALLEE)))
    if rng.random() < 0.5:
        turns += [(AGENT, rng.choice(OUTBOUND[3:])), (CUSTOMER, rng.choice(CALLEE[5:]))]
    for _ in range(rng.randint(1, 2)):
        turns += [(AGENT, rng.choice(OUT_REASON)), (CUSTOMER, rng.choice(OUT_REPLY))]
    return turns


def _middle(rng: random.Random) -> Turns:
    turns: Turns = []
    for ask, answer in rng.sample(ASK, rng.randint(0, 6)):
        turns += [(AGENT, ask), (CUSTOMER, answer)]
    if rng.random() < 0.35:
        for ask, answer in rng.sample(STEPS, rng.randint(2, 8)):
            turns += [(AGENT, ask), (CUSTOMER, answer)]
    for _ in range(rng.randint(1, 14)):
        turns.append((AGENT, rng.choice(WORK[AGENT])))
        turns.append((CUSTOMER, rng.choice(WORK[CUSTOMER])))
    return turns


def _facts(rng: random.Random) -> dict[str, str]:
    return {
        "agent": rng.choice(NAMES), "customer": rng.choice(NAMES), "last": rng.choice(LAST),
        "company": rng.choice(COMPANIES), "day": rng.choice(DAYS), "town": rng.choice(TOWNS),
    }  # fmt: skip


def _filled(text: str, facts: dict[str, str], rng: random.Random) -> str:
    digits = " ".join(rng.choice(string.digits) for _ in range(rng.randint(5, 10)))
    spelled = " ".join(rng.choice(string.ascii_uppercase) for _ in range(rng.randint(4, 8)))
    answer = rng.choice(
        (digits, digits, digits.replace(" ", ""), spelled, f"{facts['customer']} {facts['last']}",
         f"{rng.randint(1, 200)} {rng.choice(STREETS)}", "the fourth of May nineteen eighty one")
    )  # fmt: skip
    more = {
        "digits": digits, "spelled": spelled, "answer": answer, "data": rng.choice(DATA),
        "thing": rng.choice(THINGS), "money": str(rng.randint(10, 900)),
        "house": str(rng.randint(1, 200)), "street": rng.choice(STREETS),
    }  # fmt: skip
    return text.format(**facts, **more) if "{" in text else text
