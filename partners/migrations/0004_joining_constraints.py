import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0003_applicants")]

    operations = [
        migrations.AddConstraint(
            model_name='applicationquestion',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at', None), ('taken_back_at', None), models.Q(('field', ''), _negated=True)), fields=('application', 'field'), name='one_open_question_a_field'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.CheckConstraint(condition=models.Q(('left_at', None), models.Q(('is_main', False), ('is_signatory', False)), _connector='OR'), name='who_has_left_speaks_for_nobody'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'unconfirmed']), ('confirmed_at__isnull', False), _connector='OR'), name='address_is_proven_before_review'),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'draft'), ('sent_at__isnull', False), _connector='OR'), name='what_is_no_draft_was_sent'),
        ),
        migrations.AddConstraint(
            model_name='applicant',
            constraint=models.UniqueConstraint(models.F('application'), django.db.models.functions.text.Lower('email'), condition=models.Q(('left_at', None)), name='each_applicant_once'),
        ),
        migrations.AddConstraint(
            model_name='savedstep',
            constraint=models.UniqueConstraint(fields=('application', 'step'), name='each_step_saved_once'),
        ),
    ]
