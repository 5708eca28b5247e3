import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('partners', '0008_duplicates'),
        ('uploads', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='contact',
            name='hands_over_to',
            field=models.ForeignKey(editable=False, help_text='Takes over as soon as she or he opened a link; kept once that is done.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.contact'),
        ),
        migrations.AddField(
            model_name='contact',
            name='invited_at',
            field=models.DateTimeField(editable=False, help_text='Empty once the person opened the link.', null=True, verbose_name='eingeladen am'),
        ),
        migrations.AddField(
            model_name='contact',
            name='new_email',
            field=models.EmailField(blank=True, editable=False, max_length=254, verbose_name='neue E-Mail, noch unbestätigt'),
        ),
        migrations.AddField(
            model_name='partner',
            name='links',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.URLField(), blank=True, default=list, verbose_name='Links'),
        ),
        migrations.AddField(
            model_name='partner',
            name='logo',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='uploads.upload', verbose_name='Logo'),
        ),
        migrations.AddField(
            model_name='partner',
            name='needs',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('tour', 'Führung durch den Betrieb'), ('talk', 'Vortrag oder Erfahrungsbericht'), ('room', 'Raum für ein Treffen'), ('know_how', 'Fachwissen')], max_length=20), blank=True, default=list, verbose_name='Was der Partner sucht'),
        ),
        migrations.AddField(
            model_name='partner',
            name='offers',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('tour', 'Führung durch den Betrieb'), ('talk', 'Vortrag oder Erfahrungsbericht'), ('room', 'Raum für ein Treffen'), ('know_how', 'Fachwissen')], max_length=20), blank=True, default=list, verbose_name='Was der Partner anbietet'),
        ),
        migrations.AddField(
            model_name='partner',
            name='offers_text',
            field=models.TextField(blank=True, max_length=1000, verbose_name='Angebot in Worten'),
        ),
        migrations.AddField(
            model_name='partner',
            name='quote',
            field=models.TextField(blank=True, max_length=300, verbose_name='Zitat'),
        ),
        migrations.AddField(
            model_name='partner',
            name='quote_person',
            field=models.CharField(blank=True, max_length=160, verbose_name='Wer das sagt'),
        ),
        migrations.CreateModel(
            name='DataCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(editable=False, null=True, verbose_name='gefragt am')),
                ('reminded_at', models.DateTimeField(editable=False, null=True, verbose_name='erinnert am')),
                ('answered_at', models.DateTimeField(editable=False, null=True, verbose_name='bestätigt am')),
                ('answered_by', models.CharField(blank=True, editable=False, max_length=200, verbose_name='bestätigt von')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='data_checks', to='partners.partner', verbose_name='Partner')),
            ],
            options={
                'verbose_name': 'Datenprüfung',
                'verbose_name_plural': 'Datenprüfungen',
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('partner',), name='one_waiting_data_check'), models.CheckConstraint(condition=models.Q(('asked_at__isnull', False), ('answered_at__isnull', False), _connector='OR'), name='data_check_begins_somehow')],
            },
        ),
        migrations.CreateModel(
            name='ProfileProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('open', 'zur Freigabe'), ('released', 'freigegeben'), ('returned', 'zurückgegeben'), ('withdrawn', 'zurückgezogen'), ('replaced', 'durch einen neuen ersetzt'), ('mended', 'geändert freigegeben')], default='open', editable=False, max_length=10, verbose_name='Stand')),
                ('name', models.CharField(max_length=200, verbose_name='Name der Organisation')),
                ('sector', models.CharField(blank=True, choices=[('A', 'Land- und Forstwirtschaft'), ('B', 'Bergbau'), ('C', 'Industrie und verarbeitendes Gewerbe'), ('D', 'Energieversorgung'), ('E', 'Wasser, Abwasser und Entsorgung'), ('F', 'Bau und Ausbau'), ('G', 'Handel'), ('H', 'Verkehr und Logistik'), ('I', 'Gastgewerbe'), ('J', 'Verlage, Film und Rundfunk'), ('K', 'Telekommunikation und IT'), ('L', 'Finanzen und Versicherungen'), ('M', 'Grundstücke und Wohnungen'), ('N', 'Beratung, Forschung und Technik'), ('O', 'Sonstige Dienste für Unternehmen'), ('P', 'Öffentliche Verwaltung'), ('Q', 'Erziehung und Unterricht'), ('R', 'Gesundheit und Soziales'), ('S', 'Kunst, Sport und Erholung'), ('T', 'Vereine, Verbände und persönliche Dienste')], max_length=1, verbose_name='Branche')),
                ('employees', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000)], verbose_name='Zahl der Beschäftigten')),
                ('street', models.CharField(blank=True, max_length=200, verbose_name='Straße und Hausnummer')),
                ('postal_code', models.CharField(blank=True, max_length=10, verbose_name='Postleitzahl')),
                ('place', models.CharField(blank=True, max_length=100, verbose_name='Ort')),
                ('website', models.URLField(blank=True, verbose_name='Internetseite')),
                ('text', models.TextField(blank=True, max_length=1500, verbose_name='Profiltext')),
                ('quote', models.TextField(blank=True, max_length=300, verbose_name='Zitat')),
                ('quote_person', models.CharField(blank=True, max_length=160, verbose_name='Wer das sagt')),
                ('links', django.contrib.postgres.fields.ArrayField(base_field=models.URLField(), blank=True, default=list, verbose_name='Links')),
                ('base', models.JSONField(default=dict, editable=False)),
                ('author', models.CharField(editable=False, max_length=200, verbose_name='vorgeschlagen von')),
                ('proposed_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='vorgeschlagen am')),
                ('reason', models.TextField(blank=True, editable=False, max_length=2000, verbose_name='Grund der Rückgabe')),
                ('decided_at', models.DateTimeField(editable=False, null=True, verbose_name='entschieden am')),
                ('decided_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entschieden von')),
                ('logo', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='uploads.upload', verbose_name='Logo')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='partners.partner', verbose_name='Partner')),
                ('mends', models.OneToOneField(editable=False, help_text="The company's own version, where the office released another one.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mended', to='partners.profileproposal')),
                ('proposed_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='partners.contact')),
            ],
            options={
                'verbose_name': 'Profiländerung',
                'verbose_name_plural': 'Profiländerungen',
                'ordering': ['-proposed_at', '-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('partner',), name='one_open_proposal'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'returned'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='returned_proposal_carries_a_reason')],
            },
        ),
    ]
