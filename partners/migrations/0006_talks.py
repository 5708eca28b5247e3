"""Talks and letters of intent.

`btree_gist`, as `pg_trgm`, is a trusted extension of PostgreSQL.
"""

import uuid

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import klimapakt.fields
import partners.models.talk

LETTERS = "partners_letterofintent"

FROZEN = ["id", "organisation", "name", "function", "email", "text", "sha256", "statement", "evidence", "signed_at", "is_invented"]

KEEP_LETTERS = f"""
CREATE FUNCTION partners_keep_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.sha256 <> encode(sha256(convert_to(NEW.text, 'UTF8')), 'hex') THEN
            RAISE EXCEPTION 'the hash of a letter is not that of its text'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.is_invented THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'letter % is evidence', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF ({", ".join(f"OLD.{name}" for name in FROZEN)})
        IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in FROZEN)})
    THEN
        RAISE EXCEPTION 'letter % cannot be changed', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_letter BEFORE INSERT OR UPDATE OR DELETE ON {LETTERS}
    FOR EACH ROW EXECUTE FUNCTION partners_keep_letter();
"""

FORGET_LETTERS = f"""
DROP TRIGGER keep_letter ON {LETTERS};
DROP FUNCTION partners_keep_letter();
"""


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('partners', '0005_interest'),
    ]

    operations = [
        migrations.CreateModel(
            name='LetterOfIntent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.CharField(editable=False, max_length=200, verbose_name='Organisation')),
                ('name', models.CharField(editable=False, max_length=200, verbose_name='Name')),
                ('email', models.EmailField(editable=False, max_length=254, verbose_name='E-Mail')),
                ('is_invented', models.BooleanField(default=False, editable=False, verbose_name='erfunden (Testbetrieb)')),
                ('status', models.CharField(choices=[('signed', 'unterschrieben'), ('withdrawn', 'zurückgezogen')], default='signed', editable=False, max_length=10, verbose_name='Stand')),
                ('function', models.CharField(editable=False, max_length=120, verbose_name='Funktion')),
                ('text', models.TextField(editable=False, verbose_name='Text')),
                ('sha256', models.CharField(editable=False, max_length=64, verbose_name='SHA-256')),
                ('statement', models.CharField(editable=False, max_length=500, verbose_name='Erklärung')),
                ('evidence', models.JSONField(default=dict, editable=False, verbose_name='Nachweis')),
                ('signed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='unterschrieben am')),
                ('withdrawn_at', models.DateTimeField(editable=False, null=True, verbose_name='zurückgezogen am')),
                ('seen_at', models.DateTimeField(editable=False, null=True, verbose_name='zur Kenntnis genommen am')),
            ],
            options={
                'verbose_name': 'Absichtserklärung',
                'verbose_name_plural': 'Absichtserklärungen',
                'ordering': ['-signed_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='TalkBooking',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.CharField(editable=False, max_length=200, verbose_name='Organisation')),
                ('name', models.CharField(editable=False, max_length=200, verbose_name='Name')),
                ('email', models.EmailField(editable=False, max_length=254, verbose_name='E-Mail')),
                ('is_invented', models.BooleanField(default=False, editable=False, verbose_name='erfunden (Testbetrieb)')),
                ('status', models.CharField(choices=[('booked', 'gebucht'), ('held', 'hat stattgefunden'), ('missed', 'hat nicht stattgefunden'), ('cancelled', 'abgesagt')], default='booked', editable=False, max_length=10, verbose_name='Stand')),
                ('phone', models.CharField(blank=True, editable=False, max_length=40, verbose_name='Telefon')),
                ('booked_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='gebucht am')),
                ('placed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='auf diesen Termin gebucht am')),
                ('cancelled_at', models.DateTimeField(editable=False, null=True, verbose_name='abgesagt am')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('sequence', models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                'verbose_name': 'Buchung',
                'verbose_name_plural': 'Buchungen',
                'ordering': ['-booked_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='TalkSlot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('offered', 'angeboten'), ('withdrawn', 'zurückgenommen')], default='offered', editable=False, max_length=10, verbose_name='Stand')),
                ('starts_at', models.DateTimeField(validators=[klimapakt.fields.plausible_date], verbose_name='Beginn')),
                ('ends_at', models.DateTimeField(validators=[klimapakt.fields.plausible_date], verbose_name='Ende')),
                ('form', models.CharField(choices=[('place', 'vor Ort'), ('video', 'per Video'), ('phone', 'am Telefon')], default='video', max_length=5, verbose_name='Art')),
                ('where', models.CharField(blank=True, max_length=300, verbose_name='Ort oder Link')),
                ('host', models.CharField(max_length=200, verbose_name='Wer das Gespräch führt')),
                ('offered_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='angeboten am')),
                ('is_invented', models.BooleanField(default=False, editable=False, verbose_name='erfunden (Testbetrieb)')),
            ],
            options={
                'verbose_name': 'Gesprächstermin',
                'verbose_name_plural': 'Gesprächstermine',
                'ordering': ['-starts_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='letterofintent',
            name='application',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='partners.application', verbose_name='Antrag'),
        ),
        migrations.AddField(
            model_name='letterofintent',
            name='interest',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='partners.interest', verbose_name='Interesse'),
        ),
        migrations.AddField(
            model_name='letterofintent',
            name='seen_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='zur Kenntnis genommen von'),
        ),
        migrations.AddField(
            model_name='letterofintent',
            name='step',
            field=models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.applicationstep'),
        ),
        migrations.AddField(
            model_name='talkbooking',
            name='application',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='partners.application', verbose_name='Antrag'),
        ),
        migrations.AddField(
            model_name='talkbooking',
            name='interest',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='partners.interest', verbose_name='Interesse'),
        ),
        migrations.AddField(
            model_name='talkbooking',
            name='step',
            field=models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.applicationstep'),
        ),
        migrations.AddField(
            model_name='talkslot',
            name='offered_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='angeboten von'),
        ),
        migrations.AddField(
            model_name='talkbooking',
            name='slot',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bookings', to='partners.talkslot', verbose_name='Termin'),
        ),
        migrations.AddConstraint(
            model_name='letterofintent',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'signed')), fields=('interest',), name='one_letter_an_interest'),
        ),
        migrations.AddConstraint(
            model_name='letterofintent',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'signed')), fields=('application',), name='one_letter_an_application'),
        ),
        migrations.AddConstraint(
            model_name='letterofintent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'signed'), ('withdrawn_at', None)), models.Q(('status', 'withdrawn'), ('withdrawn_at__isnull', False)), _connector='OR'), name='withdrawn_letter_has_a_time'),
        ),
        migrations.AddConstraint(
            model_name='talkslot',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='talk_ends_after_it_begins'),
        ),
        BtreeGistExtension(),
        migrations.AddConstraint(
            model_name='talkslot',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', 'offered')), expressions=[(django.db.models.functions.text.Lower('host'), '='), (partners.models.talk.TimeRange('starts_at', 'ends_at'), '&&')], name='nobody_holds_two_talks_at_once'),
        ),
        migrations.AddConstraint(
            model_name='talkbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'cancelled'), _negated=True), fields=('slot',), name='one_company_a_talk'),
        ),
        migrations.AddConstraint(
            model_name='talkbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'booked')), fields=('interest',), name='one_coming_talk_an_interest'),
        ),
        migrations.AddConstraint(
            model_name='talkbooking',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'booked')), fields=('application',), name='one_coming_talk_an_application'),
        ),
        migrations.AddConstraint(
            model_name='talkbooking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', False), ('status', 'cancelled')), models.Q(models.Q(('status', 'cancelled'), _negated=True), ('cancelled_at', None)), _connector='OR'), name='cancelled_talk_has_a_time'),
        ),
        migrations.RunSQL(KEEP_LETTERS, FORGET_LETTERS),
    ]
